package dev.trefoil.train;

import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a loop needs to go on after a step, beside weights and optimiser.
 *
 * @param step steps done
 * @param bestStep step of the best evaluation so far, or -1 without one
 * @param numbers all else, such as tokens seen or the coefficient of a controller; kept exactly
 */
public record LoopState(long step, long bestStep, SortedMap<String, Double> numbers) {

    public LoopState {
        numbers = Collections.unmodifiableSortedMap(new TreeMap<>(numbers));
    }

    public static LoopState of(long step, long bestStep, Map<String, Double> numbers) {
        return new LoopState(step, bestStep, new TreeMap<>(numbers));
    }

    /** @throws IllegalStateException if there is no such number: the checkpoint of another version */
    public double number(String name) {
        Double value = numbers.get(name);
        if (value == null) {
            throw new IllegalStateException("the checkpoint holds no " + name);
        }
        return value;
    }
}
