package dev.trefoil.train;

import dev.trefoil.token.Collator;
import java.util.List;

/**
 * What each step of a run trains on, and what is due after it. Everything is a function of (settings, seed, step), so a run that goes
 * on at a step needs no state of its data. Not thread-safe: it remembers the order of one epoch.
 */
public final class StepClock {

    private final TrainConfig config;
    private final int items;
    private final long seed;
    private final long stepsPerEpoch;
    private final long totalSteps;
    private long epochInMemory = -1;
    private List<int[]> batches;

    private StepClock(TrainConfig config, int items, long seed) {
        this.config = config;
        this.items = items;
        this.seed = seed;
        long perEpoch = ceil(ceil(items, config.batchSize()), config.gradientAccumulation());
        this.stepsPerEpoch = perEpoch;
        this.totalSteps = config.maxSteps() != null ? config.maxSteps() : (long) Math.ceil(config.epochs() * perEpoch);
    }

    /**
     * The clock of a run.
     *
     * @param items rows or pairs of the training data, at least 1
     * @param seed decides the order in each epoch
     */
    public static StepClock of(TrainConfig config, int items, long seed) {
        if (items < 1) {
            throw new IllegalArgumentException("items: must be at least 1, was " + items);
        }
        return new StepClock(config, items, seed);
    }

    private static long ceil(long a, long b) {
        return (a + b - 1) / b;
    }

    public long totalSteps() {
        return totalSteps;
    }

    /** The last step of an epoch may have fewer or smaller batches than the others. */
    public long stepsPerEpoch() {
        return stepsPerEpoch;
    }

    /**
     * The batches of one step, as indices of items.
     *
     * @param step counted from 0
     */
    public List<int[]> batches(long step) {
        long epoch = step / stepsPerEpoch;
        if (epoch != epochInMemory) {
            batches = Collator.shuffled(items, config.batchSize(), seed, epoch);
            epochInMemory = epoch;
        }
        int from = Math.toIntExact(step % stepsPerEpoch * config.gradientAccumulation());
        return batches.subList(from, Math.min(batches.size(), from + config.gradientAccumulation()));
    }

    /** Epochs gone through when {@code done} steps are taken. */
    public double epoch(long done) {
        return (double) done / stepsPerEpoch;
    }

    /** Whether metrics are due when {@code done} steps are taken; at the last step they always are. */
    public boolean logs(long done) {
        return done % config.loggingSteps() == 0 || done == totalSteps;
    }

    /** Whether an evaluation is due: every so many steps, and at the last one. */
    public boolean evaluates(long done) {
        return every(config.evalSteps(), done) || done == totalSteps;
    }

    private static boolean every(Integer rhythm, long done) {
        return rhythm != null && done % rhythm == 0;
    }
}
