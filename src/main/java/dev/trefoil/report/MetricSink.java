package dev.trefoil.report;

import java.util.List;
import java.util.Map;

/** Takes the metrics of each step. Steps come in rising order; names are those of {@link Metrics}. */
public interface MetricSink extends AutoCloseable {

    /**
     * Takes one step.
     *
     * @param step the optimiser step, counted from 1
     * @param metrics values by name, in the order in which a person should read them
     */
    void step(long step, Map<String, Double> metrics);

    /**
     * Takes a text that belongs to a step, such as samples; a sink of numbers leaves it out.
     *
     * @param tag what it is
     * @param markdown the text, with what models wrote indented as code
     */
    default void text(long step, String tag, String markdown) {}

    @Override
    default void close() {}

    /** A sink that hands each step to all of these, in order, and closes them in reverse order. */
    static MetricSink all(List<MetricSink> sinks) {
        List<MetricSink> parts = List.copyOf(sinks);
        return new MetricSink() {
            @Override
            public void step(long step, Map<String, Double> metrics) {
                parts.forEach(sink -> sink.step(step, metrics));
            }

            @Override
            public void text(long step, String tag, String markdown) {
                parts.forEach(sink -> sink.text(step, tag, markdown));
            }

            @Override
            public void close() {
                for (int i = parts.size() - 1; i >= 0; i--) {
                    parts.get(i).close();
                }
            }
        };
    }
}
