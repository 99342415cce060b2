package dev.trefoil.prepare;

import dev.trefoil.UserError;
import dev.trefoil.quant.BaseConfig;
import dev.trefoil.quant.BaseLayout;
import dev.trefoil.quant.Blueprint;
import dev.trefoil.quant.RowSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** A GGUF file of architecture "llama". */
final class GgufOrigin implements Origin {

    private static final String ROPE_FACTORS = "rope_freqs.weight";
    private static final String EMBEDDING = "token_embd.weight";

    /** Parts of a block's canonical tensors under GGUF's names, in row order. */
    private static final Map<String, List<String>> BLOCK = Map.of(
            "norm1", List.of("attn_norm"),
            "qkv", List.of("attn_q", "attn_k", "attn_v"),
            "out", List.of("attn_output"),
            "norm2", List.of("ffn_norm"),
            "up", List.of("ffn_gate", "ffn_up"),
            "down", List.of("ffn_down"));

    private final GgufFile file;
    private final GgufMetadata metadata;
    private final Blueprint blueprint;

    private GgufOrigin(GgufFile file, GgufMetadata metadata, Blueprint blueprint) {
        this.file = file;
        this.metadata = metadata;
        this.blueprint = blueprint;
    }

    static GgufOrigin open(Path path) {
        GgufFile file = GgufFile.open(path);
        try {
            GgufMetadata metadata = new GgufMetadata(path, file.metadata());
            String architecture = metadata.text("general.architecture").orElse("none");
            if (!architecture.equals("llama")) {
                throw metadata.fault("general.architecture: found '" + architecture
                        + "', wanted llama; other architectures are not supported in GGUF files");
            }
            GgufFile.Tensor embedding = tensor(file, EMBEDDING);
            GgufFile.Tensor factors = file.tensors().get(ROPE_FACTORS);
            float[] ropeFactors = factors == null ? new float[0] : all(file, factors);
            Blueprint blueprint =
                    new GgufLlama(metadata, file.tensors()::containsKey, ropeFactors).blueprint(embedding.rows());
            return new GgufOrigin(file, metadata, blueprint);
        } catch (UserError fault) {
            file.close();
            throw fault;
        }
    }

    private static float[] all(GgufFile file, GgufFile.Tensor tensor) {
        float[] values = new float[tensor.rows() * tensor.columns()];
        tensor.format().decode(file.bytes(tensor), 0, values.length, values, 0);
        return values;
    }

    private static GgufFile.Tensor tensor(GgufFile file, String name) {
        GgufFile.Tensor tensor = file.tensors().get(name);
        if (tensor == null) {
            throw UserError.data(file.path() + ": tensor '" + name + "' is missing among the "
                    + file.tensors().size() + " found");
        }
        return tensor;
    }

    @Override
    public Blueprint blueprint() {
        return blueprint;
    }

    @Override
    public String kind() {
        return "gguf";
    }

    @Override
    public String dtype() {
        Set<String> found = new TreeSet<>();
        file.tensors().values().forEach(tensor -> found.add(tensor.format().name()));
        return String.join("+", found);
    }

    @Override
    public List<Path> files() {
        return List.of(file.path());
    }

    /** GGUF's names of the parts of a canonical tensor. */
    private static List<String> parts(String canonical) {
        switch (canonical) {
            case "embed.weight":
                return List.of(EMBEDDING);
            case "final_norm.weight":
                return List.of("output_norm.weight");
            case "head.weight":
                return List.of("output.weight");
            default:
                String[] words = canonical.split("\\.");
                return BLOCK.get(words[2]).stream()
                        .map(part -> "blk." + words[1] + "." + part + "." + words[3])
                        .toList();
        }
    }

    @Override
    public List<String> check(BaseConfig config) {
        Set<String> used = new HashSet<>();
        BaseLayout.tensors(config).forEach((canonical, declaration) -> {
            if (!canonical.endsWith(".absmax")) {
                checkShape(canonical, declaration.shape());
                used.addAll(parts(canonical));
            }
        });
        List<String> ignored = new ArrayList<>();
        for (String name : file.tensors().keySet()) {
            if (!used.contains(name)) {
                if (!name.equals(ROPE_FACTORS)) {
                    throw metadata.fault("tensor '" + name + "' has no place in a LLaMA of "
                            + config.shape().layers() + " layers; wanted a file of a plain LLaMA");
                }
                ignored.add(name);
            }
        }
        return ignored;
    }

    private void checkShape(String canonical, long[] wanted) {
        RowSource found = rows(canonical);
        long rows = wanted.length == 1 ? 1 : wanted[0];
        long columns = wanted[wanted.length - 1];
        if (found.rows() != rows || found.columns() != columns) {
            throw metadata.fault(
                    "tensor(s) " + String.join(", ", parts(canonical)) + ": found " + found.rows() + " rows and "
                            + found.columns() + " columns, wanted " + rows + " and " + columns + " from the metadata");
        }
    }

    @Override
    public RowSource rows(String canonical) {
        List<RowSource> sources = new ArrayList<>();
        for (String name : parts(canonical)) {
            GgufFile.Tensor tensor = tensor(file, name);
            RowSource rows = new TensorRows(file, tensor);
            int heads = rotatedHeads(name);
            sources.add(heads == 0 ? rows : HalfSplitRows.of(rows, heads));
        }
        int columns = sources.get(0).columns();
        boolean vectors = canonical.endsWith(".bias");
        if (!vectors && sources.stream().anyMatch(source -> source.columns() != columns)) {
            throw metadata.fault(
                    "tensors " + String.join(", ", parts(canonical)) + ": found different columns, wanted the same");
        }
        return JoinedRows.of(sources);
    }

    /** Heads whose rows the GGUF converter interleaved for its own rotary order; 0 for all other tensors. */
    private int rotatedHeads(String name) {
        if (name.contains(".attn_q.")) {
            return blueprint.shape().heads();
        }
        return name.contains(".attn_k.") ? blueprint.shape().kvHeads() : 0;
    }

    private record TensorRows(GgufFile file, GgufFile.Tensor tensor) implements RowSource {

        @Override
        public int rows() {
            return tensor.rows();
        }

        @Override
        public int columns() {
            return tensor.columns();
        }

        @Override
        public void read(int firstRow, int count, float[] into) {
            int columns = tensor.columns();
            tensor.format().decode(file.bytes(tensor), (long) firstRow * columns, count * columns, into, 0);
        }
    }

    @Override
    public void writeTokenizer(Path folder) throws IOException {
        GgufTokenizer.write(metadata, blueprint.shape().contextLength(), folder);
    }

    @Override
    public void close() {
        file.close();
    }
}
