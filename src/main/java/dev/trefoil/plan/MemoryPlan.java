package dev.trefoil.plan;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** The memory of one stage, moment by moment. */
public record MemoryPlan(String stage, List<Moment> moments) {

    private static final String SUM = "sum";
    private static final double MIB = 1 << 20;

    public MemoryPlan {
        moments = List.copyOf(moments);
        if (moments.isEmpty()) {
            throw new IllegalArgumentException("a plan needs a moment");
        }
    }

    /** The moment that takes most. */
    public Moment peak() {
        return moments.stream().max(Comparator.comparingLong(Moment::bytes)).orElseThrow();
    }

    /** A table, parts down and moments across, in MiB, with the peak below; ends with a newline. */
    public String toText() {
        List<List<String>> rows = new ArrayList<>();
        List<String> head = new ArrayList<>(List.of(stage + ", MiB"));
        moments.forEach(moment -> head.add(moment.name()));
        rows.add(head);
        for (String part : partNames()) {
            List<String> row = new ArrayList<>(List.of(part));
            moments.forEach(moment -> row.add(mib(moment.bytes(part))));
            rows.add(row);
        }
        List<String> sums = new ArrayList<>(List.of(SUM));
        moments.forEach(moment -> sums.add(mib(moment.bytes())));
        rows.add(sums);
        Moment peak = peak();
        return render(rows)
                + String.format(
                        Locale.ROOT,
                        "peak: %s, %.0f MiB, of it %.0f MiB mapped%n",
                        peak.name(),
                        peak.bytes() / MIB,
                        peak.mappedBytes() / MIB)
                + String.format(
                        Locale.ROOT,
                        "disk: artifact %.1f MiB, each checkpoint %.1f MiB%n",
                        artifactBytes() / MIB,
                        checkpointBytes() / MIB);
    }

    /** On the disk: what is trained, in float32. */
    public long artifactBytes() {
        return moments.get(0).bytes(Part.GRADIENTS);
    }

    /** On the disk: that and the optimiser's state. */
    public long checkpointBytes() {
        return artifactBytes() + moments.get(0).bytes(Part.STATE);
    }

    private Set<String> partNames() {
        Set<String> names = new LinkedHashSet<>();
        moments.forEach(moment -> moment.parts().forEach(part -> names.add(part.name())));
        return names;
    }

    private static String mib(long bytes) {
        return bytes == 0 ? "-" : String.format(Locale.ROOT, bytes < 10 * MIB ? "%.2f" : "%.0f", bytes / MIB);
    }

    private static String render(List<List<String>> rows) {
        int columns = rows.get(0).size();
        int[] widths = new int[columns];
        for (List<String> row : rows) {
            for (int c = 0; c < columns; c++) {
                widths[c] = Math.max(widths[c], row.get(c).length());
            }
        }
        StringBuilder out = new StringBuilder();
        for (List<String> row : rows) {
            if (row.get(0).equals(SUM)) {
                out.append("-".repeat(total(widths))).append('\n');
            }
            out.append(String.format("%-" + widths[0] + "s", row.get(0)));
            for (int c = 1; c < columns; c++) {
                out.append("  ").append(String.format("%" + widths[c] + "s", row.get(c)));
            }
            out.append('\n');
        }
        return out.toString();
    }

    private static int total(int[] widths) {
        int total = 2 * (widths.length - 1);
        for (int width : widths) {
            total += width;
        }
        return total;
    }

    /** For {@code --json}: stage, peak_bytes, peak_moment, and moments with their parts in bytes. */
    public Map<String, Object> toMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("stage", stage);
        map.put("peak_bytes", peak().bytes());
        map.put("peak_moment", peak().name());
        map.put("peak_mapped_bytes", peak().mappedBytes());
        map.put("artifact_bytes", artifactBytes());
        map.put("checkpoint_bytes", checkpointBytes());
        Map<String, Object> all = new LinkedHashMap<>();
        for (Moment moment : moments) {
            Map<String, Object> parts = new LinkedHashMap<>();
            moment.parts().forEach(part -> parts.put(part.name(), part.bytes()));
            all.put(moment.name(), parts);
        }
        map.put("moments", all);
        return map;
    }
}
