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
 * @param losses what had no score
 * @param reward state of the reward model, see {@link dev.trefoil.reward.RewardModel#state}
 * @param results numbers for the summary: evaluations before and after, first and last rewards
 */
record PpoProgress(
        long step,
        KlController kl,
        RunningMoments moments,
        int guardedInARow,
        Losses losses,
        Map<String, Double> reward,
        Map<String, Double> results) {

    /**
     * What was left out because the reward model had no score for it.
     *
     * @param samples responses dropped so far
     * @param emptySteps steps without any score, which changed nothing
     * @param emptyInARow those of them that came last
     */
    record Losses(long samples, long emptySteps, int emptyInARow) {

        Losses after(int dropped, boolean empty) {
            return new Losses(samples + dropped, emptySteps + (empty ? 1 : 0), empty ? emptyInARow + 1 : 0);
        }
    }

    private static final String COEFFICIENT = "kl_coef";
    private static final String GUARDED = "guarded_in_a_row";
    private static final String MOMENTS = "scores/";
    private static final String LOST = "lost/";
    private static final String REWARD = "reward/";
    private static final String RESULTS = "result/";

    PpoProgress {
        reward = new LinkedHashMap<>(reward);
        results = new LinkedHashMap<>(results);
    }

    static PpoProgress start(PpoOptions options) {
        return new PpoProgress(
                0, options.kl().start(), RunningMoments.empty(), 0, new Losses(0, 0, 0), Map.of(), Map.of());
    }

    static PpoProgress of(LoopState state, PpoOptions options) {
        return new PpoProgress(
                state.step(),
                options.kl().start().withValue(state.number(COEFFICIENT)),
                new RunningMoments(
                        state.number(MOMENTS + "mean"),
                        state.number(MOMENTS + "std"),
                        state.number(MOMENTS + "variance"),
                        state.number(MOMENTS + "count")),
                (int) state.number(GUARDED),
                new Losses((long) state.number(LOST + "samples"), (long) state.number(LOST + "empty_steps"), (int)
                        state.number(LOST + "empty_in_a_row")),
                below(state, REWARD),
                below(state, RESULTS));
    }

    private static Map<String, Double> below(LoopState state, String prefix) {
        Map<String, Double> found = new LinkedHashMap<>();
        state.numbers().forEach((name, value) -> {
            if (name.startsWith(prefix)) {
                found.put(name.substring(prefix.length()), value);
            }
        });
        return found;
    }

    LoopState state() {
        Map<String, Double> numbers = new LinkedHashMap<>();
        numbers.put(COEFFICIENT, kl.value());
        numbers.put(GUARDED, (double) guardedInARow);
        numbers.put(MOMENTS + "mean", moments.mean());
        numbers.put(MOMENTS + "std", moments.std());
        numbers.put(MOMENTS + "variance", moments.variance());
        numbers.put(MOMENTS + "count", moments.count());
        numbers.put(LOST + "samples", (double) losses.samples());
        numbers.put(LOST + "empty_steps", (double) losses.emptySteps());
        numbers.put(LOST + "empty_in_a_row", (double) losses.emptyInARow());
        reward.forEach((name, value) -> numbers.put(REWARD + name, value));
        results.forEach((name, value) -> numbers.put(RESULTS + name, value));
        return LoopState.of(step, -1, numbers);
    }

    /** After one more step. */
    PpoProgress stepped(KlController controller, RunningMoments newMoments, boolean guarded) {
        int inARow = guarded ? guardedInARow + 1 : 0;
        return new PpoProgress(step + 1, controller, newMoments, inARow, losses, reward, results);
    }

    /** After a step none of whose responses has a score. */
    PpoProgress skipped() {
        return new PpoProgress(step + 1, kl, moments, guardedInARow, losses, reward, results);
    }

    /**
     * After a rollout was judged.
     *
     * @param state of the reward model now
     */
    PpoProgress judged(Judge.Verdict verdict, Map<String, Double> state) {
        Losses now = losses.after(verdict.dropped(), verdict.kept().length == 0);
        return new PpoProgress(step, kl, moments, guardedInARow, now, state, results);
    }

    /** Whether no update has been made yet. */
    boolean isFirst() {
        return step == losses.emptySteps();
    }

    /** Responses with a score so far. */
    long episodes(int batchSize) {
        return step * batchSize - losses.samples();
    }

    PpoProgress withResults(String prefix, Map<String, Double> numbers) {
        Map<String, Double> all = new LinkedHashMap<>(results);
        numbers.forEach((name, value) -> all.put(prefix + name, value));
        return new PpoProgress(step, kl, moments, guardedInARow, losses, reward, all);
    }
}
