package dev.trefoil.quant;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.TreeSet;

/**
 * What tells one family's decoder block from another's.
 *
 * @param normEps added to the variance (or mean square) of a norm
 * @param ropeTheta base of the rotary frequencies; unused unless position is rotary
 * @param rotaryDims leading dimensions of a head that are rotated, half-split order; 0 unless position is rotary
 * @param residual sequential: MLP reads the attention's sum; parallel: both read the block's input, through norm1 and norm2
 * @param qkvBias whether the qkv product has a bias; outBias, upBias and downBias likewise
 * @param tiedHead whether the LM head is the embedding; then there is no head.weight
 * @param finalNorm whether a norm precedes the head
 * @param embeddingNorm whether a norm follows the embedding (BLOOM)
 * @param slidingWindow positions that attention looks back, the own one included; 0 means all
 * @param qkNorm whether q and k are normalised per head before the rotation
 * @param slidingLayers layers, from 0, whose attention has the window; empty: all, where there is one
 * @param noRopeLayers layers, from 0, without rotation (SmolLM3)
 */
public record Switches(
        Norm norm,
        double normEps,
        Position position,
        double ropeTheta,
        int rotaryDims,
        RopeScaling ropeScaling,
        Residual residual,
        Mlp mlp,
        Activation activation,
        boolean qkvBias,
        boolean outBias,
        boolean upBias,
        boolean downBias,
        boolean tiedHead,
        boolean finalNorm,
        boolean embeddingNorm,
        int slidingWindow,
        boolean qkNorm,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) List<Integer> slidingLayers,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) List<Integer> noRopeLayers) {

    /** Root mean square without bias, or LayerNorm with weight and bias. */
    public enum Norm {
        RMS,
        LAYER
    }

    /** How positions enter. */
    public enum Position {
        ROTARY,
        ALIBI,
        LEARNED
    }

    /** Whether the MLP comes behind the attention or beside it. */
    public enum Residual {
        SEQUENTIAL,
        PARALLEL
    }

    /** Gated: activation(gate) * up; plain: activation(up). */
    public enum Mlp {
        GATED,
        PLAIN
    }

    /** GELU is the exact one (erf), GELU_TANH its tanh approximation. */
    public enum Activation {
        SILU,
        GELU,
        GELU_TANH,
        RELU
    }

    public Switches {
        if (!(normEps > 0)) {
            throw new IllegalArgumentException("normEps: found " + normEps + ", wanted > 0");
        }
        if (position == Position.ROTARY && (rotaryDims <= 0 || rotaryDims % 2 != 0 || !(ropeTheta > 0))) {
            throw new IllegalArgumentException("rotary positions want ropeTheta > 0 and an even rotaryDims > 0, found "
                    + ropeTheta + " and " + rotaryDims);
        }
        if (slidingWindow < 0) {
            throw new IllegalArgumentException("slidingWindow: found " + slidingWindow + ", wanted 0 (none) or more");
        }
        ropeScaling = ropeScaling == null ? RopeScaling.none() : ropeScaling;
        slidingLayers = slidingLayers == null ? List.of() : List.copyOf(new TreeSet<>(slidingLayers));
        noRopeLayers = noRopeLayers == null ? List.of() : List.copyOf(new TreeSet<>(noRopeLayers));
        if (slidingWindow == 0 && !slidingLayers.isEmpty()) {
            throw new IllegalArgumentException(
                    "slidingLayers: found " + slidingLayers + " without a window, wanted slidingWindow > 0");
        }
    }

    /** All layers alike. */
    public Switches(
            Norm norm,
            double normEps,
            Position position,
            double ropeTheta,
            int rotaryDims,
            RopeScaling ropeScaling,
            Residual residual,
            Mlp mlp,
            Activation activation,
            boolean qkvBias,
            boolean outBias,
            boolean upBias,
            boolean downBias,
            boolean tiedHead,
            boolean finalNorm,
            boolean embeddingNorm,
            int slidingWindow,
            boolean qkNorm) {
        this(
                norm,
                normEps,
                position,
                ropeTheta,
                rotaryDims,
                ropeScaling,
                residual,
                mlp,
                activation,
                qkvBias,
                outBias,
                upBias,
                downBias,
                tiedHead,
                finalNorm,
                embeddingNorm,
                slidingWindow,
                qkNorm,
                List.of(),
                List.of());
    }

    /** LLaMA's settings: RMS norm, full rotary, gated SiLU, nothing biased. */
    public static Switches llama(double normEps, double ropeTheta, int headDim, boolean tiedHead) {
        return new Switches(
                Norm.RMS,
                normEps,
                Position.ROTARY,
                ropeTheta,
                headDim,
                RopeScaling.none(),
                Residual.SEQUENTIAL,
                Mlp.GATED,
                Activation.SILU,
                false,
                false,
                false,
                false,
                tiedHead,
                true,
                false,
                0,
                false);
    }

    /** The same with a window and without rotation in some layers only. */
    public Switches withLayers(List<Integer> sliding, List<Integer> noRope) {
        return new Switches(
                norm,
                normEps,
                position,
                ropeTheta,
                rotaryDims,
                ropeScaling,
                residual,
                mlp,
                activation,
                qkvBias,
                outBias,
                upBias,
                downBias,
                tiedHead,
                finalNorm,
                embeddingNorm,
                slidingWindow,
                qkNorm,
                sliding,
                noRope);
    }

    /** Whether a layer's attention looks back no further than the window. */
    public boolean slides(int layer) {
        return slidingWindow > 0 && (slidingLayers.isEmpty() || slidingLayers.contains(layer));
    }

    /** Whether a layer rotates queries and keys. */
    public boolean rotates(int layer) {
        return position == Position.ROTARY && !noRopeLayers.contains(layer);
    }

    /** LayerNorms have a bias, RMS norms have none. */
    public boolean normBias() {
        return norm == Norm.LAYER;
    }

    public boolean gated() {
        return mlp == Mlp.GATED;
    }
}
