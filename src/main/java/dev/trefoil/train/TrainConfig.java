package dev.trefoil.train;

import dev.trefoil.config.Doc;
import dev.trefoil.config.Range;

/** Sizes and rhythm of a loop: section {@code train}. */
public record TrainConfig(
        @Range(min = 1) @Doc("Rows, or pairs, that go through the model at once.")
        int batchSize,

        @Range(min = 1) @Doc("Batches whose gradients make one step.")
        int gradientAccumulation,

        @Range(min = 0, minExclusive = true) @Doc("How often the data is gone through; max_steps wins.")
        double epochs,

        @Range(min = 1) @Doc("Steps in all; epochs decide if absent.")
        Long maxSteps,

        @Range(min = 1) @Doc("Steps between two lines of metrics.")
        int loggingSteps,

        @Range(min = 1) @Doc("Steps between two evaluations; only at the beginning and the end if absent.")
        Integer evalSteps,

        @Range(min = 1)
        @Doc("Rows, or pairs, of an evaluation that go through the model at once; batch_size if absent.")
        Integer evalBatchSize,

        @Range(min = 1) @Doc("Steps between two checkpoints from which --resume goes on; none if absent.")
        Integer saveSteps,

        @Range(min = 0, minExclusive = true)
        @Doc("Minutes after which a checkpoint is due whatever the steps; no such rule if absent.")
        Double saveMinutes,

        @Range(min = 1) @Doc("Newest checkpoints that are kept; the best one always is.")
        int saveTotalLimit) {

    public TrainConfig {
        positive("batchSize", batchSize);
        positive("gradientAccumulation", gradientAccumulation);
        positive("loggingSteps", loggingSteps);
        positive("saveTotalLimit", saveTotalLimit);
        if (!(epochs > 0 && Double.isFinite(epochs))) {
            throw new IllegalArgumentException("epochs: must be above 0, was " + epochs);
        }
        positive("maxSteps", maxSteps == null ? 1 : maxSteps);
        positive("evalSteps", evalSteps == null ? 1 : evalSteps);
        positive("evalBatchSize", evalBatchSize == null ? 1 : evalBatchSize);
        positive("saveSteps", saveSteps == null ? 1 : saveSteps);
        if (saveMinutes != null && !(saveMinutes > 0)) {
            throw new IllegalArgumentException("saveMinutes: must be above 0, was " + saveMinutes);
        }
    }

    private static void positive(String key, long value) {
        if (value < 1) {
            throw new IllegalArgumentException(key + ": must be at least 1, was " + value);
        }
    }

    /** One epoch in batches of four. */
    public static TrainConfig defaults() {
        return new TrainConfig(4, 1, 1, null, 1, null, null, null, null, 2);
    }

    public TrainConfig withBatch(int rows, int accumulation) {
        return new TrainConfig(
                rows,
                accumulation,
                epochs,
                maxSteps,
                loggingSteps,
                evalSteps,
                evalBatchSize,
                saveSteps,
                saveMinutes,
                saveTotalLimit);
    }

    public TrainConfig withEpochs(double times) {
        return new TrainConfig(
                batchSize,
                gradientAccumulation,
                times,
                maxSteps,
                loggingSteps,
                evalSteps,
                evalBatchSize,
                saveSteps,
                saveMinutes,
                saveTotalLimit);
    }

    public TrainConfig withMaxSteps(Long steps) {
        return new TrainConfig(
                batchSize,
                gradientAccumulation,
                epochs,
                steps,
                loggingSteps,
                evalSteps,
                evalBatchSize,
                saveSteps,
                saveMinutes,
                saveTotalLimit);
    }

    /** @param evaluations steps between two, or null */
    public TrainConfig withRhythm(int logging, Integer evaluations, Integer checkpoints) {
        return new TrainConfig(
                batchSize,
                gradientAccumulation,
                epochs,
                maxSteps,
                logging,
                evaluations,
                evalBatchSize,
                checkpoints,
                saveMinutes,
                saveTotalLimit);
    }

    /** @param minutes after which a checkpoint is due, or null */
    public TrainConfig withSaving(Integer steps, Double minutes, int limit) {
        return new TrainConfig(
                batchSize,
                gradientAccumulation,
                epochs,
                maxSteps,
                loggingSteps,
                evalSteps,
                evalBatchSize,
                steps,
                minutes,
                limit);
    }

    /** The same training, whenever it is saved. */
    public TrainConfig deciding() {
        return withSaving(null, null, 1);
    }

    /** Rows, or pairs, at once in an evaluation. */
    public int evaluationBatch() {
        return evalBatchSize == null ? batchSize : evalBatchSize;
    }
}
