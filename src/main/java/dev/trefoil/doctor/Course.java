package dev.trefoil.doctor;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** The beginning and the present of a metric: its first and its last {@code length} values. Values that are not finite do not count. */
final class Course {

    private final int length;
    private final List<Double> first = new ArrayList<>();
    private final Deque<Double> last = new ArrayDeque<>();
    private long count;

    Course(int length) {
        this.length = length;
    }

    void add(Double value) {
        if (value == null || !Double.isFinite(value)) {
            return;
        }
        count++;
        if (first.size() < length) {
            first.add(value);
        }
        last.add(value);
        if (last.size() > length) {
            last.removeFirst();
        }
    }

    long count() {
        return count;
    }

    /** Whether there are so many values that the present says something on its own. */
    boolean isFull() {
        return last.size() == length;
    }

    /** Whether beginning and present share no value. */
    boolean hasMoved() {
        return count >= 2L * length;
    }

    double first() {
        return first.stream().mapToDouble(Double::doubleValue).average().orElse(Double.NaN);
    }

    double last() {
        return last.stream().mapToDouble(Double::doubleValue).average().orElse(Double.NaN);
    }

    /** Standard deviation of the first values. */
    double spread() {
        double mean = first();
        return Math.sqrt(first.stream()
                .mapToDouble(value -> (value - mean) * (value - mean))
                .average()
                .orElse(Double.NaN));
    }
}
