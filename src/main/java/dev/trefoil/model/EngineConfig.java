package dev.trefoil.model;

import dev.trefoil.config.Doc;
import dev.trefoil.config.Range;
import dev.trefoil.kernel.Arithmetic;
import dev.trefoil.kernel.ComputeDevice;
import dev.trefoil.quant.BaseConfig;
import dev.trefoil.quant.BaseLayout;
import dev.trefoil.quant.Precision;
import java.util.Optional;

/**
 * How the base is computed with, the same for all stages of a run.
 *
 * @param compute number format of activations
 * @param int8Forward whether activations are quantised for int8 bases (LLM.int8()); otherwise weights are dequantised
 * @param int8Backward whether gradients are quantised by row for the products back through int8 weights
 * @param int8InnerForward whether {@code int8Forward} holds for the last linear of the feed-forward part too
 * @param int8InnerBackward whether {@code int8Backward} holds for its first linear too
 * @param threshold activations at or beyond it are outliers, 0 for none
 * @param outliers what is multiplied in float
 * @param save what training keeps of a block
 * @param recomputeLayers so many first layers keep their inputs alone, whatever {@code save} says
 * @param queryChunk queries whose attention is computed at a time
 * @param dequantisedMib most MiB of dequantised weights that training keeps for one direction or a generation reorders
 * @param device where kernels compute
 */
public record EngineConfig(
        @Doc(
                "Number format of activations: bf16 (speed), fp32 (parity), or auto: bf16 where the processor multiplies in it (AVX-512 or better, CUDA), else fp32.")
        Compute compute,

        @Doc("Quantise activations for the products of an int8 base (LLM.int8()); false dequantises the weights.")
        boolean int8Forward,

        @Doc("Quantise gradient rows for the products back through an int8 base.")
        boolean int8Backward,

        @Doc(
                "Quantise also what the feed-forward part's last linear reads (down_proj, fc2, dense_4h_to_h), as LLM.int8() does; false"
                        + " multiplies it in the format of activations: a gated part's products have the widest range, and most of the"
                        + " error comes from here.")
        boolean int8InnerForward,

        @Doc(
                "Quantise also the gradients of what its first linear makes (gate_proj and up_proj, fc1, dense_h_to_4h), which are as wide.")
        boolean int8InnerBackward,

        @Range(min = 0) @Doc("Activations at or beyond this are outliers and multiplied in float; 0 for none.")
        double threshold,

        @Doc(
                "What goes in float: columns (as LLM.int8() is published), entries (a row does not depend on its batch), or largest: the 16 columns that stand out"
                        + " most, of gradients too (fastest and most exact; the threshold does not matter).")
        Outliers outliers,

        @Doc(
                "What training keeps of a block: inputs (least memory), attention, all (fastest), or auto: the fastest that fits in the free memory by the plan.")
        SavePolicy save,

        @Range(min = 0)
        @Doc(
                "Of so many first layers training keeps the inputs alone, whatever save says, and computes the rest once more; with auto the least that fits.")
        int recomputeLayers,

        @Range(min = 1) @Doc("Queries whose attention is computed at a time; fewer take less memory in long sequences.")
        int queryChunk,

        @Range(min = 0)
        @Doc(
                "Keep the dequantised weights of the blocks in memory when they take at most this many MiB, and in training with bf16 as much again for the"
                        + " way back; with int8 products and outliers: largest keep int8 weights as the engine reads them fastest, once for each direction. Else"
                        + " each linear's are made when it is computed. Results are the same but for the"
                        + " order of sums and, with int8 products, the last rounding to bf16. With the same room a generation of 16 tokens or more brings the head's weight, and of one row or of 8 and"
                        + " more the blocks' too, into the order that the engine reads fastest.")
        int dequantisedMib,

        @Doc(
                "Where to compute: cpu, or cuda for the first CUDA device, to which the base is copied (wants a build with the profile cuda).")
        ComputeDevice device) {

    /** Of a 135M model one or two columns carry a row's range; more than sixteen gain little. */
    private static final int LARGEST_COLUMNS = 16;

    /** Room for the blocks of a model of 130 million weights in bfloat16: there, making them each time is a tenth of a training step. */
    private static final int DEQUANTISED_MIB = 256;

    /**
     * bfloat16 activations, or float32 where that is faster, against dequantised weights. Int8 products are faster, by an eighth on a 135M model and several times on wide
     * ones, and their gradients are noisier.
     */
    public static EngineConfig defaults() {
        return new EngineConfig(
                Compute.AUTO,
                false,
                false,
                true,
                true,
                6.0,
                Outliers.ENTRIES,
                SavePolicy.ALL,
                0,
                Arithmetic.QUERY_CHUNK,
                DEQUANTISED_MIB,
                ComputeDevice.CPU);
    }

    /** Exact arithmetic: float32 activations against dequantised weights. */
    public static EngineConfig parity() {
        return new EngineConfig(
                Compute.FP32,
                false,
                false,
                true,
                true,
                6.0,
                Outliers.COLUMNS,
                SavePolicy.ALL,
                0,
                Arithmetic.QUERY_CHUNK,
                DEQUANTISED_MIB,
                ComputeDevice.CPU);
    }

    /** With {@code compute: auto} decided for its device. */
    public EngineConfig decided() {
        return with(compute.on(device));
    }

    /** One line for people where the processor does not go with {@code compute}. */
    public Optional<String> computeRemark() {
        return compute.remark(device);
    }

    /** @param recompute see {@link #recomputeLayers} */
    public EngineConfig with(SavePolicy policy, int recompute) {
        return changed(compute, policy, recompute, queryChunk, dequantisedMib, device);
    }

    public EngineConfig with(SavePolicy policy) {
        return with(policy, recomputeLayers);
    }

    public EngineConfig with(Compute format) {
        return changed(format, save, recomputeLayers, queryChunk, dequantisedMib, device);
    }

    public EngineConfig withQueryChunk(int queries) {
        return changed(compute, save, recomputeLayers, queries, dequantisedMib, device);
    }

    public EngineConfig withDequantisedMib(int most) {
        return changed(compute, save, recomputeLayers, queryChunk, most, device);
    }

    public EngineConfig with(ComputeDevice place) {
        return changed(compute, save, recomputeLayers, queryChunk, dequantisedMib, place);
    }

    private EngineConfig changed(
            Compute format, SavePolicy policy, int recompute, int queries, int most, ComputeDevice place) {
        return new EngineConfig(
                format,
                int8Forward,
                int8Backward,
                int8InnerForward,
                int8InnerBackward,
                threshold,
                outliers,
                policy,
                recompute,
                queries,
                most,
                place);
    }

    /** The published int8 products forward, in float32 around them. */
    public static EngineConfig int8Parity(double threshold) {
        EngineConfig exact = parity();
        return new EngineConfig(
                exact.compute,
                true,
                false,
                true,
                true,
                threshold,
                Outliers.COLUMNS,
                exact.save,
                exact.recomputeLayers,
                exact.queryChunk,
                exact.dequantisedMib,
                exact.device);
    }

    /** What training keeps of a layer. */
    SavePolicy save(int layer) {
        return layer < recomputeLayers ? SavePolicy.INPUTS : save;
    }

    /** Whether the dequantised linears of a base are kept between passes. */
    boolean keepsLinears(BaseConfig base) {
        boolean dequantises = base.precision() == Precision.INT8 && !int8Forward && !int8Backward;
        return dequantises && hasRoomForLinears(base);
    }

    /** Whether the linears of a base are kept between passes, those of int8 products packed, the others dequantised. */
    boolean packsLinears(BaseConfig base) {
        boolean multiplies = base.precision() == Precision.INT8 && (int8Forward || int8Backward);
        boolean inBfloat16 = compute == Compute.BF16 && outliers == Outliers.LARGEST && device == ComputeDevice.CPU;
        return multiplies && inBfloat16 && hasRoomForLinears(base);
    }

    /** Bytes of the linears that training keeps, dequantised or packed: in bfloat16 and packed once for each direction. */
    public long keptLinearBytes(BaseConfig base) {
        long weights = BaseLayout.linearWeights(base);
        if (packsLinears(base)) {
            long inner = int8InnerForward ? 0 : BaseLayout.downWeights(base);
            long innerBack = int8InnerBackward ? 0 : BaseLayout.upWeights(base);
            return (int8Forward ? weights + inner : 2 * weights) + (int8Backward ? weights + innerBack : 2 * weights);
        }
        long directions = compute == Compute.BF16 ? 2 : 1;
        return keepsLinears(base) ? directions * weights * compute.bytes() : 0;
    }

    private boolean hasRoomForLinears(BaseConfig base) {
        return hasRoomFor(BaseLayout.linearWeights(base) * compute.bytes());
    }

    /** Whether dequantised or reordered weights of so many bytes may be there. */
    boolean hasRoomFor(long bytes) {
        return bytes <= (long) dequantisedMib << 20;
    }

    Arithmetic arithmetic() {
        return new Arithmetic(
                compute == Compute.BF16,
                int8Forward,
                int8Backward,
                int8InnerForward,
                int8InnerBackward,
                threshold,
                outliers == Outliers.ENTRIES,
                outliers == Outliers.LARGEST ? LARGEST_COLUMNS : 0,
                Arithmetic.EXACT_UNIT,
                queryChunk);
    }
}
