package dev.trefoil.family;

import dev.trefoil.quant.Shape;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * How far attention looks back.
 *
 * @param size positions, the own one included; 0 for all
 * @param layers those with the window; empty for all
 */
record Window(int size, List<Integer> layers) {

    private static final Window NONE = new Window(0, List.of());
    private static final String SLIDING = "sliding_attention";
    private static final String FULL = "full_attention";
    private static final int PUBLISHED_DEFAULT = 4096;
    private static final int QWEN_DEFAULT_LAYERS = 28;

    /** By transformers' rules, its defaults for missing keys included. */
    static Window of(String modelType, PublishedConfig config, Shape shape, List<Integer> noRope) {
        boolean always = modelType.equals("mistral");
        if (modelType.equals("llama") || !always && !config.flag("use_sliding_window", false)) {
            return NONE;
        }
        int otherwise = config.isNull("sliding_window") || modelType.equals("smollm3") ? 0 : PUBLISHED_DEFAULT;
        int size = config.size("sliding_window", otherwise);
        if (size == 0 || size >= shape.contextLength()) {
            return NONE;
        }
        List<Integer> layers = layers(modelType, config, shape, noRope);
        if (layers.isEmpty()) {
            return NONE;
        }
        return new Window(size, layers.size() == shape.layers() ? List.of() : layers);
    }

    private static List<Integer> layers(String modelType, PublishedConfig config, Shape shape, List<Integer> noRope) {
        List<String> types = modelType.equals("mistral") ? List.of() : config.texts("layer_types");
        if (!types.isEmpty()) {
            if (types.size() != shape.layers()
                    || !types.stream().allMatch(type -> type.equals(SLIDING) || type.equals(FULL))) {
                throw config.fault("layer_types: found " + types + ", wanted " + shape.layers() + " times " + SLIDING
                        + " or " + FULL);
            }
            return layersWhere(shape, layer -> types.get(layer).equals(SLIDING));
        }
        return switch (modelType) {
            case "qwen2", "qwen3" -> {
                int first = config.count("max_window_layers", QWEN_DEFAULT_LAYERS);
                yield layersWhere(shape, layer -> layer >= first);
            }
            case "smollm3" -> noRope;
            default -> layersWhere(shape, layer -> true);
        };
    }

    static List<Integer> layersWhere(Shape shape, IntPredicate holds) {
        return IntStream.range(0, shape.layers()).filter(holds).boxed().toList();
    }
}
