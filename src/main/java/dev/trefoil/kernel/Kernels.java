package dev.trefoil.kernel;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import dev.trefoil.UserError;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

/**
 * The kernels of one model, one typed method each. Letters: batch B, seq T, hidden H, vocabulary V; "compute dtype" is bfloat16 or
 * float32 by {@link KernelConstants#bf16()}. Results belong to the scope that is passed. All run in inference mode: every pass back is
 * written out, and no graph ever exists.
 */
public final class Kernels implements AutoCloseable {

    /** Tensors of one block's weights, in the order of block.py. */
    public static final int BLOCK_WEIGHTS = 22;

    /** Tensors of one block's adapters, in the order of block.py. */
    public static final int BLOCK_FACTORS = 8;

    private static final long[] NO_PARTS = {};

    private final Model model;
    private final PtSymbolBlock block;
    private final KernelScope root;
    private final boolean int8Forward;
    private final boolean int8Backward;

    private Kernels(Model model, PtSymbolBlock block, KernelScope root, Arithmetic arithmetic) {
        this.model = model;
        this.block = block;
        this.int8Forward = arithmetic.int8Forward();
        this.int8Backward = arithmetic.int8Backward();
        this.root = root;
    }

    /** Kernels that compute on the CPU. */
    public static Kernels load(KernelConstants constants) {
        return load(constants, ComputeDevice.CPU);
    }

    /**
     * Kernels that compute on a device; what their scopes are given is copied there.
     *
     * @throws UserError when the engine does not have it
     */
    public static Kernels load(KernelConstants constants, ComputeDevice place) {
        Device device = place.engineDevice();
        Model model = Model.newInstance("kernels", device, "PyTorch");
        try {
            model.load(new ByteArrayInputStream(ModuleArchive.assemble(constants.attributes())));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (MalformedModelException e) {
            throw new IllegalStateException("the engine refuses the kernels: " + e.getMessage(), e);
        }
        return new Kernels(
                model,
                (PtSymbolBlock) model.getBlock(),
                new KernelScope(NDManager.newBaseManager(Device.cpu(), "PyTorch"), device),
                constants.arithmetic());
    }

    /** The outermost scope, for what lives as long as the model. */
    public KernelScope root() {
        return root;
    }

    /** A tensor of no elements: what a family lacks. */
    public KernelArray none(KernelScope scope) {
        return scope.floats(new float[0], 0);
    }

    /** ids, positions [B,T] -> [B,T,H]; outer: token table, position table, norm weight, norm bias. */
    public KernelArray embed(KernelScope scope, KernelArray ids, KernelArray positions, KernelList outer) {
        return one(scope, "embed_tokens", ids, positions, outer);
    }

    /** positions [B,T], tables cos and sin [context, rotary/2] -> cos, sin [B,T,rotary] in the compute dtype; see rotary.py. */
    public List<KernelArray> turnTables(KernelScope scope, KernelArray positions, KernelList tables) {
        return run(scope, "turn_tables", positions, tables);
    }

    /**
     * documents [B,T], -1 padding; window 0 = unlimited; slopes [heads] (ALiBi) or none -> additive attention bias [B,1,T,T], with
     * slopes [B,heads,T,T].
     */
    public KernelArray documentBias(KernelScope scope, KernelArray documents, int window, KernelArray slopes) {
        return one(scope, "document_bias", documents, (long) window, slopes);
    }

    /** The ranks of a block without adapters: for each of its four linears no trained row, and no parts. */
    public static long[] noRanks() {
        return new long[3 * BLOCK_FACTORS / 2];
    }

    /** x [B,T,H], ranks as parts in linear.py reads them -> [y, what the policy keeps for the pass back...]; see block.py. */
    public List<KernelArray> blockForward(
            KernelScope scope,
            KernelArray x,
            BlockContext context,
            long dropOffset,
            int policy,
            long[] ranks,
            KernelList w,
            KernelList lora) {
        return run(
                scope,
                "block_forward",
                x,
                context.cos(),
                context.sin(),
                context.bias(),
                context.keep(),
                dropOffset,
                (long) policy,
                context.last(),
                ranks,
                w,
                lora);
    }

    /** g [B,T,H] gradient of the block's output -> [gradient of x, then of a and b of qkv, out, up, down (fp32; empty where none), then of the weights if they are trained]. */
    public List<KernelArray> blockVjp(
            KernelScope scope,
            KernelArray x,
            KernelArray g,
            BlockContext context,
            long dropOffset,
            long[] ranks,
            KernelList w,
            KernelList lora,
            KernelList saved) {
        return run(
                scope,
                "block_vjp",
                x,
                g,
                context.cos(),
                context.sin(),
                context.bias(),
                context.keep(),
                dropOffset,
                context.last(),
                ranks,
                w,
                lora,
                saved);
    }

    /** What a block's linears read of x [B,T,H], for audits: [B*T,in] each of qkv, out, up, down; saved by a policy but "inputs". */
    public List<KernelArray> linearInputs(KernelScope scope, KernelArray x, KernelList w, KernelList saved) {
        return run(scope, "linear_inputs", x, w, saved);
    }

    public KernelArray finalNorm(KernelScope scope, KernelArray x, KernelArray weight, KernelArray bias) {
        return one(scope, "final_norm", x, weight, bias);
    }

    public KernelArray finalNormVjp(
            KernelScope scope, KernelArray x, KernelArray g, KernelArray weight, KernelArray bias) {
        return one(scope, "final_norm_vjp", x, g, weight, bias);
    }

    /** Rows from {@code from} up to {@code to} of x [B,...], sharing its memory. */
    public KernelArray rowsBetween(KernelScope scope, KernelArray x, int from, int to) {
        return one(scope, "rows_between", x, (long) from, (long) to);
    }

    /** [b,...] each -> [sum of b,...]. */
    public KernelArray joinRows(KernelScope scope, KernelList parts) {
        return one(scope, "join_rows", parts);
    }

    /** h [B,T,H], index [n] into B*T -> [n,H]. */
    public KernelArray selectRows(KernelScope scope, KernelArray h, KernelArray index) {
        return one(scope, "select_rows", h, index);
    }

    public KernelArray zerosLike(KernelScope scope, KernelArray h) {
        return one(scope, "zeros_like", h);
    }

    /** Adds rows [n,H] into gradient [B,T,H] in place. */
    public void addRows(KernelScope scope, KernelArray gradient, KernelArray rows, KernelArray index) {
        one(scope, "add_rows", gradient, rows, index);
    }

    /** h [n,H], head: weight [V,H] and absmax -> logits [n,V] float32. */
    public float[] logits(KernelScope scope, KernelArray h, KernelList head) {
        return floats(scope, one(scope, "logits", h, head));
    }

    /**
     * h [n,H], targets [n] -> log-probability of each target and entropy, both [n] float32, and with gradients that of each log-probability
     * with respect to its row of h [n,H], else nothing.
     */
    public List<KernelArray> tokenLogProbs(
            KernelScope scope,
            KernelArray h,
            KernelArray targets,
            double temperature,
            boolean gradients,
            KernelList head) {
        return run(scope, "token_log_probs", h, targets, temperature, gradients ? 1L : 0L, head);
    }

    /** rows [n,H] times scale [n]. */
    public KernelArray scaledRows(KernelScope scope, KernelArray rows, KernelArray scale) {
        return one(scope, "scaled_rows", rows, scale);
    }

    /** g [n] gradient of each log-probability -> log-probabilities [n], gradient of h [n,H]. */
    public List<KernelArray> tokenLogProbsVjp(
            KernelScope scope, KernelArray h, KernelArray targets, double temperature, KernelArray g, KernelList head) {
        return run(scope, "token_log_probs_vjp", h, targets, temperature, g, head);
    }

    /** Gradient [V,H] float32 of a head that is trained itself. */
    public float[] headWeightGradient(
            KernelScope scope, KernelArray h, KernelArray targets, KernelArray g, KernelList head) {
        return floats(scope, one(scope, "head_weight_gradient", h, targets, g, head));
    }

    /** h [n,H], weight [1,H], bias [1] -> [n] float32. */
    public float[] scalarHead(KernelScope scope, KernelArray h, KernelArray weight, KernelArray bias) {
        return floats(scope, one(scope, "scalar_head", h, weight, bias));
    }

    /** g [n] -> gradients of h [n,H], weight [1,H], bias [1]. */
    public List<KernelArray> scalarHeadVjp(KernelScope scope, KernelArray h, KernelArray g, KernelArray weight) {
        return run(scope, "scalar_head_vjp", h, g, weight);
    }

    /** Copies in the compute dtype. */
    public List<KernelArray> computeCopies(KernelScope scope, KernelList parts) {
        return run(scope, "compute_copies", parts);
    }

    /** mask [n] int8 of zeros and ones -> that times factor [n] in the compute dtype; see linear.py. */
    public KernelArray keepFactors(KernelScope scope, KernelArray mask, double factor) {
        return one(scope, "keep_factors", mask, factor);
    }

    /** logits [n,V], context [n,seen] (-1 = none), options: temperature, top-k, top-p, min-p, repetition penalty -> [n,V]. */
    public float[] samplingProbabilities(
            KernelScope scope, KernelArray logits, KernelArray context, KernelArray options) {
        return floats(scope, one(scope, "sampling_probabilities", logits, context, options));
    }

    /** Whether this processor has instructions for products in bfloat16; without them they take ten times as long as in float32. */
    public static boolean multipliesBfloat16() {
        return Bfloat16.MULTIPLIED;
    }

    /** Asked once. */
    private static final class Bfloat16 {

        private static final boolean MULTIPLIED = multiplied();

        private static boolean multiplied() {
            try (Kernels kernels = load(KernelConstants.productsOnly(Arithmetic.fp32()))) {
                return kernels.holds(kernels.root(), "multiplies_bfloat16");
            }
        }
    }

    /** Whether weights can be reordered: in bfloat16, on processors for which the engine has such products. */
    public boolean reordersWeights(KernelScope scope) {
        return holds(scope, "reorders_weights");
    }

    /** A whole generation, see decode.py -> tokens [B,steps] int64, log-probabilities [B,steps], counts [B]. */
    public List<KernelArray> generate(
            KernelScope scope,
            KernelArray ids,
            KernelArray lengths,
            KernelArray uniforms,
            KernelArray options,
            KernelArray stops,
            KernelList w,
            KernelList lora,
            KernelList outer,
            KernelList tables,
            int window,
            long[] kinds,
            long reordering) {
        return run(
                scope,
                "generate",
                ids,
                lengths,
                uniforms,
                options,
                stops,
                w,
                lora,
                outer,
                tables,
                (long) window,
                kinds,
                reordering);
    }

    /** x, g [B,T,H], bias [H] or none -> gradients [H] of the final norm's weight and bias (empty where none). */
    public List<KernelArray> finalNormGradients(KernelScope scope, KernelArray x, KernelArray g, KernelArray bias) {
        return run(scope, "final_norm_gradients", x, g, bias);
    }

    /** g [B,T,H] gradient of the embedding of ids [B,T] -> gradient [V,H] of the token table; likewise of the table of positions. */
    public KernelArray tableGradient(KernelScope scope, KernelArray g, KernelArray ids, KernelArray table) {
        return one(scope, "table_gradient", g, ids, table);
    }

    /** One frozen linear, by int8 products where the arithmetic has them: x [n,k], w [m,k] with absmax [m] (int8) or none, bias [m] or none -> [n,m]. */
    public KernelArray linear(KernelScope scope, KernelArray x, KernelArray w, KernelArray absmax, KernelArray bias) {
        KernelArray none = none(scope);
        return one(scope, "linear", x, w, absmax, bias, int8Forward, none, none, NO_PARTS);
    }

    /** The product back through one frozen linear: g [n,m] -> [n,k]; transpose: reordered or packed, or none. */
    public KernelArray linearBack(
            KernelScope scope, KernelArray x, KernelArray g, KernelArray w, KernelArray absmax, KernelArray transpose) {
        KernelArray none = none(scope);
        return run(
                        scope,
                        "linear_back",
                        x,
                        none,
                        g,
                        w,
                        absmax,
                        transpose,
                        int8Backward,
                        none,
                        none,
                        NO_PARTS,
                        none,
                        0L,
                        0L)
                .get(0);
    }

    /** w [m,k] with absmax [m] (int8) or none -> [m,k] in the compute dtype, for {@link #linear} without absmax. */
    public KernelArray dequantised(KernelScope scope, KernelArray w, KernelArray absmax) {
        return one(scope, "dequantised", w, absmax);
    }

    /** The same in the order that the engine reads fastest, see {@link #reordersWeights}. */
    public KernelArray reordered(KernelScope scope, KernelArray w, KernelArray absmax) {
        return one(scope, "reordered_weight", w, absmax);
    }

    /** The same of the transpose, for the way back. */
    public KernelArray reorderedTranspose(KernelScope scope, KernelArray w, KernelArray absmax) {
        return one(scope, "reordered_transpose", w, absmax);
    }

    /** Whether products of packed int8 weights are exact on this processor. */
    public boolean packsInt8(KernelScope scope) {
        return holds(scope, "packs_int8");
    }

    /** An int8 weight [m,k] in the order in which the engine multiplies it by rows of bytes; its absmax is still wanted beside it. */
    public KernelArray packed(KernelScope scope, KernelArray w) {
        return one(scope, "packed_weight", w);
    }

    /** The same of the transpose, for the way back. */
    public KernelArray packedTranspose(KernelScope scope, KernelArray w) {
        return one(scope, "packed_transpose", w);
    }

    /** What LLM.int8() multiplies of activations x [n,k]: int8 rows as float32 [n,k], absmax [n,1], outlier columns (int64). */
    public List<KernelArray> activationRows(KernelScope scope, KernelArray x) {
        return run(scope, "activation_rows", x);
    }

    /** The values as Java floats, whatever the dtype. */
    public float[] floats(KernelScope scope, KernelArray array) {
        return one(scope, "to_fp32", array).toFloats();
    }

    /** The values of an int64 array. */
    public long[] longs(KernelArray array) {
        return array.toLongs();
    }

    private boolean holds(KernelScope scope, String method) {
        try (KernelArray found = one(scope, method)) {
            return found.toFloats()[0] > 0;
        }
    }

    private KernelArray one(KernelScope scope, String method, Object... arguments) {
        return run(scope, method, arguments).get(0);
    }

    List<KernelArray> run(KernelScope scope, String method, Object... arguments) {
        IValue[] values = new IValue[arguments.length];
        try {
            for (int i = 0; i < arguments.length; i++) {
                values[i] = value(arguments[i]);
            }
            try (IValue result = IValueUtils.runMethod(block, method, values)) {
                return result.toNDList(scope.manager()).stream()
                        .map(array -> new KernelArray((PtNDArray) array))
                        .toList();
            }
        } finally {
            for (int i = 0; i < arguments.length; i++) {
                if (values[i] != null && !(arguments[i] instanceof KernelList)) {
                    values[i].close();
                }
            }
        }
    }

    private static IValue value(Object argument) {
        if (argument instanceof KernelArray array) {
            return IValue.from(array.array());
        }
        if (argument instanceof KernelList list) {
            return list.value();
        }
        if (argument instanceof Long number) {
            return IValue.from(number);
        }
        if (argument instanceof Double number) {
            return IValue.from(number);
        }
        if (argument instanceof Boolean flag) {
            return IValue.from(flag);
        }
        if (argument instanceof long[] numbers) {
            return IValue.listFrom(numbers);
        }
        throw new IllegalArgumentException("no kernel takes a " + argument.getClass());
    }

    @Override
    public void close() {
        root.close();
        model.close();
    }
}
