package dev.trefoil.stage.pretrain;

import dev.trefoil.config.Doc;
import dev.trefoil.config.Range;
import dev.trefoil.data.DataConfig;
import dev.trefoil.train.OptimConfig;
import java.util.Objects;

/**
 * Training of a small language model from scratch.
 *
 * @param seed of weights, texts and their order
 * @param model its shape
 * @param vocabulary entries of its byte-level BPE tokenizer at most
 * @param data texts; film reviews of the project's own grammar if absent
 * @param texts how many texts the grammar writes
 * @param length tokens of a row
 * @param batchSize rows that go through the model at once
 * @param gradientAccumulation batches whose gradients make one step
 * @param steps optimiser steps
 * @param loggingSteps steps between two lines of metrics
 */
public record PretrainConfig(
        @Doc("Seed of weights, texts and their order.") long seed,
        @Doc("Shape of the model.") Model model,

        @Range(min = 300) @Doc("Entries of the byte-level BPE tokenizer at most.")
        int vocabulary,

        @Doc("Texts to learn; film reviews of the project's own grammar if absent.")
        DataConfig data,

        @Range(min = 1) @Doc("How many reviews the grammar writes.")
        int texts,

        @Range(min = 2) @Doc("Tokens of a row.") int length,

        @Range(min = 1) @Doc("Rows that go through the model at once.")
        int batchSize,

        @Range(min = 1) @Doc("Batches whose gradients make one step.")
        int gradientAccumulation,

        @Range(min = 1) @Doc("Optimiser steps.") int steps,

        @Range(min = 1) @Doc("Steps between two lines of metrics.")
        int loggingSteps,

        @Doc("Learning rate, schedule, clipping; weight decay leaves norms and biases alone.")
        OptimConfig optim) {

    /** Base of the rotary frequencies, as in LLaMA. */
    static final double ROPE_THETA = 10_000;

    static final double NORM_EPS = 1e-5;

    public PretrainConfig {
        if (model != null && length > model.context()) {
            throw new IllegalArgumentException(
                    "length: must be at most the model's context of " + model.context() + ", was " + length);
        }
    }

    /** Which published architecture the model has. */
    public enum Family {
        /** Rotary positions, root-mean-square norms, a gated feed-forward part, no biases. */
        LLAMA,
        /** Learned positions, layer norms, gelu in its tanh form, everything biased. */
        GPT2;

        /** Whether linears and norms have biases. */
        boolean biased() {
            return this == GPT2;
        }

        boolean gated() {
            return this == LLAMA;
        }

        boolean learnsPositions() {
            return this == GPT2;
        }
    }

    /**
     * Shape of the model.
     *
     * @param family architecture
     * @param hidden width of the residual stream
     * @param layers decoder blocks
     * @param heads query heads; hidden must be a multiple
     * @param kvHeads key-value heads; heads must be a multiple, in GPT-2 as many
     * @param intermediate width of the feed-forward part, which has a gate in LLaMA
     * @param context longest sequence
     */
    public record Model(
            @Doc("Architecture: llama or gpt2.") Family family,

            @Range(min = 8) @Doc("Width of the residual stream.")
            int hidden,

            @Range(min = 1) @Doc("Decoder blocks.") int layers,
            @Range(min = 1) @Doc("Query heads.") int heads,

            @Range(min = 1) @Doc("Key-value heads; as many as heads in gpt2.")
            int kvHeads,

            @Range(min = 8) @Doc("Width of the feed-forward part; gated in llama, not in gpt2.")
            int intermediate,

            @Range(min = 8) @Doc("Longest sequence.") int context) {

        public Model {
            Objects.requireNonNull(family, "family");
            if (hidden % heads != 0) {
                throw new IllegalArgumentException("heads: must divide hidden " + hidden + ", was " + heads);
            }
            if (family == Family.LLAMA && hidden / heads % 2 != 0) {
                throw new IllegalArgumentException(
                        "heads: must divide hidden " + hidden + " into even parts, was " + heads);
            }
            if (heads % kvHeads != 0) {
                throw new IllegalArgumentException("kv_heads: must divide heads " + heads + ", was " + kvHeads);
            }
            if (family == Family.GPT2 && kvHeads != heads) {
                throw new IllegalArgumentException(
                        "kv_heads: must be " + heads + ", as heads, in family gpt2, was " + kvHeads);
            }
        }

        int headDim() {
            return hidden / heads;
        }

        public static Model defaults() {
            return new Model(Family.LLAMA, 160, 4, 5, 5, 448, 256);
        }
    }

    public static PretrainConfig defaults() {
        OptimConfig optim =
                OptimConfig.of(3e-3, OptimConfig.Course.COSINE).withWarmup(50).withMaxGradNorm(1);
        return new PretrainConfig(1, Model.defaults(), 2048, null, 25_000, 128, 32, 1, 500, 10, optim);
    }
}
