package dev.trefoil.plan;

import java.util.List;

/** What is in memory at one time of a stage. */
public record Moment(String name, List<Part> parts) {

    public Moment {
        parts = parts.stream().filter(part -> part.bytes() > 0).toList();
    }

    public long bytes() {
        return parts.stream().mapToLong(Part::bytes).sum();
    }

    public long mappedBytes() {
        return parts.stream().filter(Part::mapped).mapToLong(Part::bytes).sum();
    }

    /** Bytes of the part of that name, 0 when there is none. */
    public long bytes(String part) {
        return parts.stream()
                .filter(candidate -> candidate.name().equals(part))
                .mapToLong(Part::bytes)
                .sum();
    }
}
