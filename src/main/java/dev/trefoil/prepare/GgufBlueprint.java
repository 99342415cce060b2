package dev.trefoil.prepare;

import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import dev.trefoil.gguf.GgufArchitecture;
import dev.trefoil.gguf.GgufMetadata;
import dev.trefoil.quant.Blueprint;
import dev.trefoil.quant.RopeScaling;
import dev.trefoil.quant.Shape;
import dev.trefoil.quant.Switches;
import dev.trefoil.quant.Switches.Activation;
import dev.trefoil.quant.Tokens;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** Reads the configuration of a model from GGUF metadata; some of it shows only in which tensors exist. */
final class GgufBlueprint {

    private static final double NO_FREQUENCY_CHANGE = 1e-6;
    private static final double SAME_DIVISOR = 1e-3;

    private final GgufArchitecture architecture;
    private final GgufMetadata metadata;
    private final Predicate<String> has;
    private final float[] ropeFactors;

    /**
     * A reading of one file.
     *
     * @param has whether the file has a tensor of that name
     * @param ropeFactors the tensor rope_freqs.weight, divisors of the rotary frequencies; empty when there is none
     */
    GgufBlueprint(GgufArchitecture architecture, GgufMetadata metadata, Predicate<String> has, float[] ropeFactors) {
        this.architecture = architecture;
        this.metadata = metadata;
        this.has = has;
        this.ropeFactors = ropeFactors;
    }

    private String key(String name) {
        return architecture.key(name);
    }

    Blueprint read(int vocabSize) {
        if (metadata.optionalSize(key("expert_count")).orElse(0) > 0) {
            throw metadata.fault(key("expert_count") + ": found a mixture of experts, wanted a dense model");
        }
        int heads = metadata.size(key("attention.head_count"));
        int hidden = metadata.size(key("embedding_length"));
        int headDim = metadata.optionalSize(key("attention.key_length")).orElse(hidden / Math.max(1, heads));
        if (metadata.optionalSize(key("attention.value_length")).orElse(headDim) != headDim) {
            throw metadata.fault(key("attention.value_length") + ": found another width than key_length " + headDim
                    + ", wanted the same");
        }
        try {
            Shape shape = new Shape(
                    vocabSize,
                    hidden,
                    layers(),
                    heads,
                    metadata.optionalSize(key("attention.head_count_kv")).orElse(heads),
                    headDim,
                    metadata.size(key("feed_forward_length")),
                    metadata.size(key("context_length")));
            return new Blueprint(architecture.family(), shape, switches(headDim), tokens(), 0.02);
        } catch (IllegalArgumentException outOfRange) {
            throw new UserError(ExitCode.CONFIG_OR_DATA, metadata.file() + ": " + outOfRange.getMessage(), outOfRange);
        }
    }

    private int layers() {
        return metadata.size(key("block_count"));
    }

    private Switches switches(int headDim) {
        return switch (architecture) {
            case LLAMA, QWEN2, QWEN3 -> llama(headDim);
            case SMOLLM3 -> llama(headDim).withLayers(List.of(), GgufArchitecture.layersWithoutRope(layers()));
            case GPT2 -> layerNormed(Switches.Position.LEARNED, 0, Switches.Residual.SEQUENTIAL, Activation.GELU_TANH);
            case BLOOM -> layerNormed(Switches.Position.ALIBI, 0, Switches.Residual.SEQUENTIAL, Activation.GELU_TANH);
            case GPTNEOX ->
                layerNormed(
                        Switches.Position.ROTARY,
                        metadata.optionalSize(key("rope.dimension_count")).orElse(headDim),
                        metadata.flag(key("use_parallel_residual"), true)
                                ? Switches.Residual.PARALLEL
                                : Switches.Residual.SEQUENTIAL,
                        Activation.GELU);
        };
    }

    private Switches llama(int headDim) {
        double theta = metadata.number(key("rope.freq_base"), 10000);
        int rotaryDims = metadata.optionalSize(key("rope.dimension_count")).orElse(headDim);
        return new Switches(
                Switches.Norm.RMS,
                metadata.number(key("attention.layer_norm_rms_epsilon"), 1e-5),
                Switches.Position.ROTARY,
                theta,
                rotaryDims,
                scaling(theta, rotaryDims),
                Switches.Residual.SEQUENTIAL,
                Switches.Mlp.GATED,
                Activation.SILU,
                has.test("blk.0.attn_q.bias"),
                has.test("blk.0.attn_output.bias"),
                has.test("blk.0.ffn_up.bias"),
                has.test("blk.0.ffn_down.bias"),
                !has.test("output.weight"),
                true,
                false,
                0,
                architecture == GgufArchitecture.QWEN3);
    }

    /** The older families: LayerNorm, a plain MLP, everything biased. */
    private Switches layerNormed(
            Switches.Position position, int rotaryDims, Switches.Residual residual, Activation activation) {
        double theta = metadata.number(key("rope.freq_base"), 10000);
        return new Switches(
                Switches.Norm.LAYER,
                metadata.number(key("attention.layer_norm_epsilon"), 1e-5),
                position,
                theta,
                rotaryDims,
                position == Switches.Position.ROTARY ? scaling(theta, rotaryDims) : RopeScaling.none(),
                residual,
                Switches.Mlp.PLAIN,
                activation,
                has.test("blk.0.attn_qkv.bias"),
                has.test("blk.0.attn_output.bias"),
                has.test("blk.0.ffn_up.bias"),
                has.test("blk.0.ffn_down.bias"),
                !has.test("output.weight"),
                true,
                has.test("token_embd_norm.weight"),
                0,
                false);
    }

    private RopeScaling scaling(double theta, int rotaryDims) {
        String type = metadata.text(key("rope.scaling.type")).orElse("none");
        double factor = metadata.number(key("rope.scaling.factor"), metadata.number(key("rope.scale_linear"), 1));
        if (ropeFactors.length > 0) {
            return fromFactors(theta, rotaryDims);
        }
        if (type.equals("linear") || type.equals("none") && factor != 1 && factor != 0) {
            return RopeScaling.linear(factor);
        }
        if (type.equals("none")) {
            return RopeScaling.none();
        }
        if (type.equals("yarn")) {
            return yarn(factor);
        }
        throw metadata.fault(key("rope.scaling.type") + ": found '" + type
                + "', wanted none, linear, yarn, or LLaMA 3's rope_freqs tensor");
    }

    private RopeScaling yarn(double factor) {
        int original = metadata.optionalSize(key("rope.scaling.original_context_length"))
                .orElseThrow(() -> metadata.fault(
                        key("rope.scaling.original_context_length") + ": missing, wanted YaRN's context before it"));
        double attention = metadata.number(key("rope.scaling.attn_factor"), 1);
        return RopeScaling.yarn(
                factor,
                metadata.number(key("rope.scaling.yarn_beta_slow"), RopeScaling.BETA_SLOW),
                metadata.number(key("rope.scaling.yarn_beta_fast"), RopeScaling.BETA_FAST),
                original,
                attention * RopeScaling.attentionFactor(factor, 1));
    }

    /**
     * GGUF stores LLaMA 3's scaling as its result, one divisor a frequency. The divisors depend only on the factor and on the two
     * wavelengths originalContext / low and / high; all published models have low 1 and high 4, so the context is what is searched.
     */
    private RopeScaling fromFactors(double theta, int rotaryDims) {
        if (ropeFactors.length != rotaryDims / 2) {
            throw metadata.fault(
                    "tensor 'rope_freqs.weight': found " + ropeFactors.length + " values, wanted " + rotaryDims / 2);
        }
        double factor = 1;
        for (float divisor : ropeFactors) {
            factor = Math.max(factor, divisor);
        }
        if (factor - 1 < NO_FREQUENCY_CHANGE) {
            return RopeScaling.none();
        }
        List<Integer> contexts = new ArrayList<>();
        metadata.optionalSize(key("rope.scaling.original_context_length"))
                .filter(context -> context > 0)
                .ifPresent(contexts::add);
        contexts.add(8192);
        for (int context = 16; context <= 1 << 20; context *= 2) {
            contexts.add(context);
        }
        double[] unscaled = RopeScaling.none().inverseFrequencies(theta, rotaryDims);
        for (int context : contexts) {
            RopeScaling candidate = RopeScaling.llama3(factor, 1, 4, context);
            if (agrees(candidate.inverseFrequencies(theta, rotaryDims), unscaled)) {
                return candidate;
            }
        }
        throw metadata.fault("tensor 'rope_freqs.weight': found divisors that are not LLaMA 3's scaling with factor "
                + factor + "; wanted those; other scalings are not supported");
    }

    private boolean agrees(double[] scaled, double[] unscaled) {
        for (int i = 0; i < scaled.length; i++) {
            double divisor = unscaled[i] / scaled[i];
            if (Math.abs(divisor - ropeFactors[i]) > SAME_DIVISOR * divisor) {
                return false;
            }
        }
        return true;
    }

    private Tokens tokens() {
        List<Integer> eos = new ArrayList<>();
        for (String key : List.of("tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id")) {
            Integer id = metadata.id(key);
            if (id != null && !eos.contains(id)) {
                eos.add(id);
            }
        }
        return new Tokens(
                metadata.id("tokenizer.ggml.bos_token_id"), eos, metadata.id("tokenizer.ggml.padding_token_id"));
    }
}
