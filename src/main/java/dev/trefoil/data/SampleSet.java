package dev.trefoil.data;

import java.util.List;

/** Samples held in memory, in their final order, and what became of the rows. */
public record SampleSet<T extends Sample>(List<T> samples, DataReport report) {

    public SampleSet {
        samples = List.copyOf(samples);
    }
}
