package dev.trefoil.stage.sft;

import dev.trefoil.eval.Perplexity;
import dev.trefoil.train.LoopState;
import java.util.LinkedHashMap;
import java.util.Map;

/** How far a run has come, and which evaluation was the best. */
final class SftProgress {

    private static final String TOKENS = "num_tokens";
    private static final String BEST = "best_eval_loss";
    private static final String WORSE = "evaluations_without_gain";
    private static final String LOSS = "loss_since_log";
    private static final String STEPS = "steps_since_log";
    private static final String BEFORE = "eval_loss_before";
    private static final String LAST = "last_eval_loss";

    private long step;
    private long tokens;
    private double lossSum;
    private long lossSteps;
    private double evalBefore = Double.NaN;
    private double evalLast = Double.NaN;
    private double evalBest = Double.POSITIVE_INFINITY;
    private long bestStep = -1;
    private long withoutGain;

    static SftProgress start() {
        return new SftProgress();
    }

    static SftProgress of(LoopState state) {
        SftProgress progress = new SftProgress();
        progress.step = state.step();
        progress.bestStep = state.bestStep();
        progress.tokens = (long) state.number(TOKENS);
        progress.evalBest = state.number(BEST);
        progress.withoutGain = (long) state.number(WORSE);
        progress.lossSum = state.number(LOSS);
        progress.lossSteps = (long) state.number(STEPS);
        progress.evalBefore = state.number(BEFORE);
        progress.evalLast = state.number(LAST);
        return progress;
    }

    LoopState state() {
        Map<String, Double> numbers = new LinkedHashMap<>();
        numbers.put(TOKENS, (double) tokens);
        numbers.put(BEST, evalBest);
        numbers.put(WORSE, (double) withoutGain);
        numbers.put(LOSS, lossSum);
        numbers.put(STEPS, (double) lossSteps);
        numbers.put(BEFORE, evalBefore);
        numbers.put(LAST, evalLast);
        return LoopState.of(step, bestStep, numbers);
    }

    void stepped(double loss, long tokensOfStep) {
        step++;
        tokens += tokensOfStep;
        lossSum += loss;
        lossSteps++;
    }

    /** Mean loss of the steps since the last call. */
    double takeLoss() {
        double mean = lossSum / lossSteps;
        lossSum = 0;
        lossSteps = 0;
        return mean;
    }

    void evaluatedBefore(Perplexity found) {
        evalBefore = found.meanNll();
    }

    /** @return whether this is the best evaluation so far */
    boolean evaluated(Perplexity found) {
        evalLast = found.meanNll();
        if (!(evalLast < evalBest)) {
            withoutGain++;
            return false;
        }
        evalBest = evalLast;
        bestStep = step;
        withoutGain = 0;
        return true;
    }

    boolean isOutOfPatience(Integer patience) {
        return patience != null && withoutGain >= patience;
    }

    long step() {
        return step;
    }

    long tokens() {
        return tokens;
    }

    /** NaN without evaluation data. */
    double evalBefore() {
        return evalBefore;
    }

    double evalLast() {
        return evalLast;
    }

    double evalBest() {
        return evalBest;
    }

    /** -1 without evaluation data. */
    long bestStep() {
        return bestStep;
    }
}
