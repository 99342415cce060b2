package dev.trefoil.train;

import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import dev.trefoil.optim.GradientClip;
import dev.trefoil.optim.Optimizer;
import dev.trefoil.optim.OptimizerState;
import dev.trefoil.optim.Parameters;
import dev.trefoil.optim.Schedule;
import java.nio.FloatBuffer;
import java.util.List;

/**
 * One optimiser step: guard, clip, schedule, update, clear. A step whose loss or gradient is not finite changes nothing but the clock
 * of the schedule, and is counted; too many in a row end the run, for then the weights or the settings are broken.
 */
public final class Optimisation {

    /** One bad batch is an accident; this many in a row are none. */
    public static final int MOST_SKIPPED_IN_A_ROW = 5;

    private final double maxGradNorm;
    private final Schedule schedule;
    private final Optimizer optimizer;
    private final List<Trainable> trained;
    private final List<Parameters> parameters;
    private final FreedMemory freed = FreedMemory.ofProcess();
    private long steps;
    private long skipped;
    private int skippedInARow;
    private String broken = "";

    /**
     * What a step did.
     *
     * @param gradNorm length of the whole gradient before clipping
     * @param learningRate rate that the step used, or would have
     * @param applied false: the step was skipped
     */
    public record Step(double gradNorm, double learningRate, boolean applied) {}

    /**
     * Counters that a checkpoint keeps.
     *
     * @param steps steps of the schedule, skipped ones included
     */
    public record Counters(long steps, long skipped, int skippedInARow) {}

    private Optimisation(double maxGradNorm, Schedule schedule, Optimizer optimizer, List<Trainable> trained) {
        this.maxGradNorm = maxGradNorm;
        this.schedule = schedule;
        this.optimizer = optimizer;
        this.trained = List.copyOf(trained);
        this.parameters = this.trained.stream().map(Trainable::parameters).toList();
    }

    /** @param totalSteps of the whole run, where the schedule ends */
    public static Optimisation of(OptimConfig config, long totalSteps, List<Trainable> trained) {
        return new Optimisation(config.maxGradNorm(), config.schedule(totalSteps), config.create(), trained);
    }

    public static Optimisation of(OptimConfig config, long totalSteps, Trainable... trained) {
        return of(config, totalSteps, List.of(trained));
    }

    /**
     * Takes a step along the gradients that have been added up, and clears them. Whoever packs the weights packs them anew after it.
     *
     * @param loss of the step; only whether it is finite matters
     * @throws UserError when {@link #MOST_SKIPPED_IN_A_ROW} steps before this one were skipped and this one must be too
     */
    public Step step(double loss) {
        double norm =
                maxGradNorm > 0 ? GradientClip.clip(parameters, maxGradNorm) : GradientClip.globalNorm(parameters);
        double rate = schedule.rate(steps);
        boolean finite = Double.isFinite(loss) && Double.isFinite(norm);
        steps++;
        if (finite) {
            optimizer.step(parameters, rate);
            skippedInARow = 0;
        } else {
            skipped++;
            skippedInARow++;
            broken = broken.isEmpty() ? "step " + steps + firstBroken() : broken;
            if (skippedInARow > MOST_SKIPPED_IN_A_ROW) {
                throw broken(loss, norm);
            }
        }
        drop();
        freed.afterStep();
        return new Step(norm, rate, finite);
    }

    private UserError broken(double loss, double norm) {
        return new UserError(
                ExitCode.FAILED,
                "step " + steps + ": loss " + loss + ", gradient norm " + norm + ", the " + skippedInARow
                        + "th step in a row that is not finite" + firstBroken()
                        + "; wanted finite numbers: lower optim.learning_rate, clip by optim.max_grad_norm, "
                        + "or set engine.compute to fp32 to see whether the precision is the cause");
    }

    /** Where in the model the first skipped step's numbers were not finite; empty when none was skipped by this process. */
    public String broken() {
        return broken;
    }

    private String firstBroken() {
        for (Trainable part : trained) {
            int at = firstNotFinite(part.parameters().values());
            if (at >= 0) {
                return "; the weights of " + part.place().apply(at) + " are not finite";
            }
        }
        for (Trainable part : trained) {
            int at = firstNotFinite(part.parameters().gradients());
            if (at >= 0) {
                return "; first in the gradient of " + part.place().apply(at);
            }
        }
        return "";
    }

    private static int firstNotFinite(FloatBuffer numbers) {
        for (int i = 0; i < numbers.capacity(); i++) {
            if (!Float.isFinite(numbers.get(i))) {
                return i;
            }
        }
        return -1;
    }

    /** Clears the gradients without a step, for a loop that gives a step up. */
    public void drop() {
        parameters.forEach(Parameters::clearGradients);
    }

    /** Rate of the next step. */
    public double learningRate() {
        return schedule.rate(steps);
    }

    /** Steps taken, skipped ones included. */
    public long steps() {
        return steps;
    }

    /** Steps skipped because a number was not finite. */
    public long skipped() {
        return skipped;
    }

    public List<Parameters> parameters() {
        return parameters;
    }

    public Counters counters() {
        return new Counters(steps, skipped, skippedInARow);
    }

    /** Shares memory with the optimiser: write it out before the next step. */
    public OptimizerState state() {
        return optimizer.state();
    }

    /** Goes on where another optimisation was. */
    public void restore(Counters counters, OptimizerState state) {
        optimizer.restore(state);
        steps = counters.steps();
        skipped = counters.skipped();
        skippedInARow = counters.skippedInARow();
    }
}
