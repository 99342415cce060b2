package dev.trefoil.stage.ppo;

import dev.trefoil.rl.KlController;
import dev.trefoil.rl.RunningMoments;
import dev.trefoil.train.LoopState;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Where a run stands, beside weights and optimiser.
 *
 * @param step PPO steps done
 * @param kl the controller
 * @param moments of the scores so far
 * @param guardedInARow rollouts in a row of which the ratio guard left something out
 * @param results numbers for the summary: evaluations before and after, first and last rewards
 */
record PpoProgress(long step, KlController kl, RunningMoments moments, int guardedInARow, Map<String, Double> results) {

    private static final String COEFFICIENT = "kl_coef";
    private static final String GUARDED = "guarded_in_a_row";
    private static final String MOMENTS = "scores/";
    private static final String RESULTS = "result/";

    PpoProgress {
        results = new LinkedHashMap<>(results);
    }

    static PpoProgress start(PpoOptions options) {
        return new PpoProgress(0, options.kl().start(), RunningMoments.empty(), 0, Map.of());
    }

    static PpoProgress of(LoopState state, PpoOptions options) {
        Map<String, Double> results = new LinkedHashMap<>();
        state.numbers().forEach((name, value) -> {
            if (name.startsWith(RESULTS)) {
                results.put(name.substring(RESULTS.length()), value);
            }
        });
        return new PpoProgress(
                state.step(),
                options.kl().start().withValue(state.number(COEFFICIENT)),
                new RunningMoments(
                        state.number(MOMENTS + "mean"),
                        state.number(MOMENTS + "std"),
                        state.number(MOMENTS + "variance"),
                        state.number(MOMENTS + "count")),
                (int) state.number(GUARDED),
                results);
    }

    LoopState state() {
        Map<String, Double> numbers = new LinkedHashMap<>();
        numbers.put(COEFFICIENT, kl.value());
        numbers.put(GUARDED, (double) guardedInARow);
        numbers.put(MOMENTS + "mean", moments.mean());
        numbers.put(MOMENTS + "std", moments.std());
        numbers.put(MOMENTS + "variance", moments.variance());
        numbers.put(MOMENTS + "count", moments.count());
        results.forEach((name, value) -> numbers.put(RESULTS + name, value));
        return LoopState.of(step, -1, numbers);
    }

    /** After one more step. */
    PpoProgress stepped(KlController controller, RunningMoments newMoments, boolean guarded) {
        return new PpoProgress(step + 1, controller, newMoments, guarded ? guardedInARow + 1 : 0, results);
    }

    PpoProgress withResults(String prefix, Map<String, Double> numbers) {
        Map<String, Double> all = new LinkedHashMap<>(results);
        numbers.forEach((name, value) -> all.put(prefix + name, value));
        return new PpoProgress(step, kl, moments, guardedInARow, all);
    }
}
