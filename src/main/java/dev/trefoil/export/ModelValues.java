package dev.trefoil.export;

import dev.trefoil.UserError;
import dev.trefoil.gguf.GgufArchitecture;
import dev.trefoil.gguf.GgufFormat;
import dev.trefoil.gguf.GgufValues;
import dev.trefoil.prepare.PublishedCheckpoint;
import dev.trefoil.quant.RopeScaling;
import dev.trefoil.quant.Shape;
import dev.trefoil.quant.Switches;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Shape and switches of a model as GGUF metadata.
 *
 * @see <a href="https://github.com/ggml-org/ggml/blob/master/docs/gguf.md">the keys</a>
 */
final class ModelValues {

    /** llama.cpp's numbers for what most tensors are. */
    private static final Map<GgufFormat, Integer> FILE_TYPES =
            Map.of(GgufFormat.F32, 0, GgufFormat.F16, 1, GgufFormat.Q8_0, 7, GgufFormat.BF16, 32);

    private static final int QUANTISATION_VERSION = 2;

    private ModelValues() {}

    static GgufValues of(PublishedCheckpoint source, GgufArchitecture architecture, GgufFormat format) {
        Shape shape = source.config().shape();
        Switches switches = source.config().switches();
        requirePlain(source, architecture, switches);
        Path name = source.folder().toAbsolutePath().normalize().getFileName();
        GgufValues values = GgufValues.create()
                .text("general.architecture", architecture.architecture())
                .text("general.type", "model")
                .text("general.name", name == null ? "model" : name.toString())
                .size("general.file_type", FILE_TYPES.get(format))
                .size("general.quantization_version", QUANTISATION_VERSION)
                .size(architecture.key("vocab_size"), shape.vocabSize())
                .size(architecture.key("context_length"), context(shape, switches))
                .size(architecture.key("embedding_length"), shape.hiddenSize())
                .size(architecture.key("block_count"), shape.layers())
                .size(architecture.key("feed_forward_length"), shape.intermediateSize())
                .size(architecture.key("attention.head_count"), shape.heads())
                .size(architecture.key("attention.head_count_kv"), shape.kvHeads());
        String norm = switches.norm() == Switches.Norm.RMS ? "layer_norm_rms_epsilon" : "layer_norm_epsilon";
        values.number(architecture.key("attention." + norm), switches.normEps());
        if (shape.headDim() * shape.heads() != shape.hiddenSize()) {
            values.size(architecture.key("attention.key_length"), shape.headDim());
            values.size(architecture.key("attention.value_length"), shape.headDim());
        }
        if (architecture == GgufArchitecture.GPTNEOX) {
            values.flag(architecture.key("use_parallel_residual"), switches.residual() == Switches.Residual.PARALLEL);
        }
        if (switches.position() == Switches.Position.ROTARY) {
            rope(values, architecture, source, switches);
        }
        return values;
    }

    /** llama.cpp attends to the whole context in these architectures, so what it may be given ends with the window. */
    private static int context(Shape shape, Switches switches) {
        return switches.slidingWindow() > 0
                ? Math.min(shape.contextLength(), switches.slidingWindow())
                : shape.contextLength();
    }

    private static void rope(
            GgufValues values, GgufArchitecture architecture, PublishedCheckpoint source, Switches switches) {
        values.size(architecture.key("rope.dimension_count"), switches.rotaryDims());
        values.number(architecture.key("rope.freq_base"), switches.ropeTheta());
        RopeScaling scaling = switches.ropeScaling();
        if (scaling.type() == RopeScaling.Type.LINEAR) {
            values.text(architecture.key("rope.scaling.type"), "linear");
            values.number(architecture.key("rope.scaling.factor"), scaling.factor());
        }
        if (scaling.type() == RopeScaling.Type.YARN) {
            yarn(values, architecture, source, scaling);
        }
    }

    private static void yarn(
            GgufValues values, GgufArchitecture architecture, PublishedCheckpoint source, RopeScaling scaling) {
        RopeScaling usual = RopeScaling.yarn(
                scaling.factor(),
                RopeScaling.BETA_SLOW,
                RopeScaling.BETA_FAST,
                scaling.originalContext(),
                RopeScaling.attentionFactor(scaling.factor(), 1));
        if (!scaling.equals(usual)) {
            throw UserError.data(source.folder() + ": found YaRN with beta_slow " + scaling.lowFreqFactor()
                    + ", beta_fast " + scaling.highFreqFactor() + " and attention factor " + scaling.attentionFactor()
                    + ", but llama.cpp takes " + usual.lowFreqFactor() + ", " + usual.highFreqFactor() + " and "
                    + usual.attentionFactor() + "; this model has no form as GGUF");
        }
        values.text(architecture.key("rope.scaling.type"), "yarn");
        values.number(architecture.key("rope.scaling.factor"), scaling.factor());
        values.size(architecture.key("rope.scaling.original_context_length"), scaling.originalContext());
    }

    /** What llama.cpp's own code for an architecture takes for granted. */
    private static void requirePlain(PublishedCheckpoint source, GgufArchitecture architecture, Switches switches) {
        Switches.Activation wanted =
                switch (architecture) {
                    case GPT2, BLOOM -> Switches.Activation.GELU_TANH;
                    case GPTNEOX -> Switches.Activation.GELU;
                    default -> Switches.Activation.SILU;
                };
        List<Integer> unrotated = architecture == GgufArchitecture.SMOLLM3
                ? GgufArchitecture.layersWithoutRope(source.config().shape().layers())
                : List.of();
        if (!switches.noRopeLayers().equals(unrotated)) {
            throw UserError.data(source.folder() + ": found layers without rotation " + switches.noRopeLayers()
                    + ", but llama.cpp takes " + unrotated + " for " + architecture.architecture()
                    + "; this model has no form as GGUF");
        }
        if (switches.activation() != wanted) {
            throw UserError.data(
                    source.folder() + ": found activation " + switches.activation() + ", but llama.cpp takes " + wanted
                            + " for " + architecture.architecture() + "; this model has no form as GGUF");
        }
    }
}
