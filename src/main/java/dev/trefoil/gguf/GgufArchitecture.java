package dev.trefoil.gguf;

import dev.trefoil.UserError;
import dev.trefoil.quant.BaseConfig;
import dev.trefoil.quant.BaseLayout;
import dev.trefoil.quant.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Architectures of GGUF files that a base can come from or go to: their names for the canonical tensors. */
public enum GgufArchitecture {
    LLAMA("llama", List.of("llama", "mistral"), false, true),
    QWEN2("qwen2", List.of("qwen2"), false, false),
    QWEN3("qwen3", List.of("qwen3"), false, false),
    SMOLLM3("smollm3", List.of("smollm3"), false, true),
    GPT2("gpt2", List.of("gpt2"), true, false),
    GPTNEOX("gptneox", List.of("gpt_neox"), true, false),
    BLOOM("bloom", List.of("bloom"), true, false);

    private static final Map<String, String> OUTER = Map.of(
            "embed", "token_embd",
            "position", "position_embd",
            "embed_norm", "token_embd_norm",
            "final_norm", "output_norm",
            "head", "output");

    private static final Map<String, String> BLOCK = Map.of(
            "norm1", "attn_norm",
            "q_norm", "attn_q_norm",
            "k_norm", "attn_k_norm",
            "out", "attn_output",
            "norm2", "ffn_norm",
            "down", "ffn_down");

    private final String architecture;
    private final List<String> families;
    private final boolean fused;
    private final boolean interleaved;

    GgufArchitecture(String architecture, List<String> families, boolean fused, boolean interleaved) {
        this.architecture = architecture;
        this.families = families;
        this.fused = fused;
        this.interleaved = interleaved;
    }

    /**
     * A run of rows of a canonical tensor as a GGUF file holds it.
     *
     * @param name in the file
     * @param canonical name of the tensor that it is a part of
     * @param offset first row of that tensor; of a vector, its first element
     * @param rows 1 for a vector
     * @param vector whether the canonical tensor is one
     * @param rotatedHeads heads whose rotary pairs lie side by side in the file, see {@link RotaryRows}; 0 for none
     */
    public record Piece(
            String name, String canonical, int offset, int rows, int columns, boolean vector, int rotatedHeads) {}

    /** By {@code general.architecture}. */
    public static Optional<GgufArchitecture> of(String architecture) {
        return Arrays.stream(values())
                .filter(value -> value.architecture.equals(architecture))
                .findFirst();
    }

    /**
     * By the family of a published model.
     *
     * @throws UserError when llama.cpp has no counterpart of it
     */
    public static GgufArchitecture ofFamily(String family) {
        return Arrays.stream(values())
                .filter(value -> value.families.contains(family))
                .findFirst()
                .orElseThrow(
                        () -> UserError.data("family: found " + family + ", which has no form as GGUF; wanted one of "
                                + Arrays.stream(values())
                                        .flatMap(value -> value.families.stream())
                                        .collect(Collectors.joining(", "))));
    }

    /** The names of all, for messages. */
    public static String known() {
        return Arrays.stream(values()).map(value -> value.architecture).collect(Collectors.joining(", "));
    }

    /** SmolLM3's layers without rotation: every fourth, which the files do not say and llama.cpp takes for granted. */
    public static List<Integer> layersWithoutRope(int layers) {
        return IntStream.range(0, layers)
                .filter(layer -> layer % 4 == 3)
                .boxed()
                .toList();
    }

    /** As {@code general.architecture} has it. */
    public String architecture() {
        return architecture;
    }

    /** The family whose published model it is. */
    public String family() {
        return families.get(0);
    }

    /** The full metadata key: {@code llama.block_count}. */
    public String key(String name) {
        return architecture + "." + name;
    }

    /** Canonical tensors, in their order, each with the tensors of the file that make it up, in the order of its rows. */
    public Map<String, List<Piece>> pieces(BaseConfig config) {
        Map<String, List<Piece>> pieces = new LinkedHashMap<>();
        BaseLayout.tensors(config).forEach((canonical, declaration) -> {
            if (!canonical.endsWith(".absmax")) {
                pieces.put(canonical, pieces(canonical, declaration.shape(), config.shape()));
            }
        });
        return pieces;
    }

    private List<Piece> pieces(String canonical, long[] shape, Shape model) {
        String[] words = canonical.split("\\.");
        boolean vector = shape.length == 1;
        int rows = vector ? 1 : Math.toIntExact(shape[0]);
        int columns = Math.toIntExact(shape[shape.length - 1]);
        if (!words[0].equals("layers")) {
            String name = OUTER.get(words[0]) + "." + words[1];
            return List.of(new Piece(name, canonical, 0, rows, columns, vector, 0));
        }
        String prefix = "blk." + words[1] + ".";
        String suffix = "." + words[3];
        List<Piece> pieces = new ArrayList<>();
        int offset = 0;
        for (Run run : runs(words[2], vector ? columns : rows, model)) {
            pieces.add(new Piece(
                    prefix + run.name + suffix,
                    canonical,
                    offset,
                    vector ? 1 : run.size,
                    vector ? run.size : columns,
                    vector,
                    run.heads));
            offset += run.size;
        }
        return pieces;
    }

    private record Run(String name, int size, int heads) {}

    private List<Run> runs(String part, int size, Shape model) {
        if (part.equals("qkv") && fused) {
            return List.of(new Run("attn_qkv", size, 0));
        }
        if (part.equals("qkv")) {
            return List.of(
                    new Run("attn_q", model.queryRows(), interleaved ? model.heads() : 0),
                    new Run("attn_k", model.keyRows(), interleaved ? model.kvHeads() : 0),
                    new Run("attn_v", model.keyRows(), 0));
        }
        if (part.equals("up")) {
            return size == 2 * model.intermediateSize()
                    ? List.of(new Run("ffn_gate", size / 2, 0), new Run("ffn_up", size / 2, 0))
                    : List.of(new Run("ffn_up", size, 0));
        }
        return List.of(new Run(BLOCK.get(part), size, 0));
    }
}
