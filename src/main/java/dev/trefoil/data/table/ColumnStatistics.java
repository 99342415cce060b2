package dev.trefoil.data.table;

import dev.trefoil.data.ColumnType;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToIntFunction;

/** What the values of one column are. */
final class ColumnStatistics {

    /** A column with more different values than this is no label. */
    private static final int MOST_LABELS = 12;

    private static final int LONGEST_LABEL = 40;

    private final ToIntFunction<String> tokens;
    private ColumnType type = ColumnType.of(null);
    private long values;
    private long empty;
    private double least = Double.POSITIVE_INFINITY;
    private double most = Double.NEGATIVE_INFINITY;
    private double sum;
    private long numbers;
    private final Lengths characters = new Lengths();
    private final Lengths tokenCounts = new Lengths();
    private final TreeMap<String, Long> labels = new TreeMap<>();
    private boolean tooManyLabels;

    /** @param tokens counts a text's tokens, or null */
    ColumnStatistics(ToIntFunction<String> tokens) {
        this.tokens = tokens;
    }

    void add(Object value) {
        type = type.with(ColumnType.of(value));
        if (value == null) {
            return;
        }
        values++;
        if (value instanceof String text) {
            empty += text.isBlank() ? 1 : 0;
            characters.add(text.codePointCount(0, text.length()));
            if (tokens != null) {
                tokenCounts.add(tokens.applyAsInt(text));
            }
        } else if (value instanceof Number number) {
            numbers++;
            sum += number.doubleValue();
            least = Math.min(least, number.doubleValue());
            most = Math.max(most, number.doubleValue());
        }
        label(value);
    }

    private void label(Object value) {
        if (tooManyLabels) {
            return;
        }
        String label = String.valueOf(value);
        if (label.length() <= LONGEST_LABEL) {
            labels.merge(label, 1L, Long::sum);
        }
        if (label.length() > LONGEST_LABEL || labels.size() > MOST_LABELS) {
            tooManyLabels = true;
            labels.clear();
        }
    }

    ColumnType type() {
        return type;
    }

    Map<String, Object> describe(long rows) {
        Map<String, Object> described = new LinkedHashMap<>();
        described.put("type", type.describe());
        if (values < rows) {
            described.put("absent", rows - values);
        }
        if (empty > 0) {
            described.put("empty", empty);
        }
        if (characters.count() > 0) {
            described.put("characters", characters.describe());
        }
        if (tokenCounts.count() > 0) {
            Map<String, Object> lengths = tokenCounts.describe();
            lengths.put("sum", tokenCounts.sum());
            described.put("tokens", lengths);
        }
        if (numbers > 0) {
            Map<String, Object> range = new LinkedHashMap<>();
            range.put("least", least);
            range.put("mean", sum / numbers);
            range.put("most", most);
            described.put("numbers", range);
        }
        if (!labels.isEmpty() && labels.size() < values) {
            described.put("values", new LinkedHashMap<>(labels));
        }
        return described;
    }
}
