package dev.trefoil.report;

/**
 * One logged quantity.
 *
 * @param name the key in metrics.jsonl, TRL's where TRL has the quantity
 * @param label a short name for a console line
 * @param unit what it is counted in; {@code 1} for a plain number, {@code share} for 0 to 1
 * @param meaning one sentence that explains it and, where it helps, what a healthy run shows
 */
public record Metric(String name, String label, String unit, String meaning) {

    /** The part before the last slash, or an empty text: charts draw a group together. */
    public String group() {
        int slash = name.lastIndexOf('/');
        return slash < 0 ? "" : name.substring(0, slash);
    }
}
