package dev.trefoil.prepare;

import dev.trefoil.UserError;
import dev.trefoil.gguf.GgufArchitecture;
import dev.trefoil.gguf.GgufArchitecture.Piece;
import dev.trefoil.gguf.GgufFile;
import dev.trefoil.gguf.GgufMetadata;
import dev.trefoil.gguf.RotaryRows;
import dev.trefoil.quant.BaseConfig;
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

/** A GGUF file of one of the architectures that have a family here. */
final class GgufOrigin implements Origin {

    private static final String ROPE_FACTORS = "rope_freqs.weight";
    private static final String EMBEDDING = "token_embd.weight";

    private final GgufFile file;
    private final GgufMetadata metadata;
    private final GgufArchitecture architecture;
    private final Blueprint blueprint;
    private Map<String, List<Piece>> pieces = Map.of();

    private GgufOrigin(GgufFile file, GgufMetadata metadata, GgufArchitecture architecture, Blueprint blueprint) {
        this.file = file;
        this.metadata = metadata;
        this.architecture = architecture;
        this.blueprint = blueprint;
    }

    static GgufOrigin open(Path path) {
        GgufFile file = GgufFile.open(path);
        try {
            GgufMetadata metadata = new GgufMetadata(path, file.metadata());
            String name = metadata.text("general.architecture").orElse("none");
            GgufArchitecture architecture = GgufArchitecture.of(name)
                    .orElseThrow(() -> metadata.fault("general.architecture: found '" + name + "', wanted one of "
                            + GgufArchitecture.known() + "; others are not supported in GGUF files"));
            GgufFile.Tensor embedding = tensor(file, EMBEDDING);
            GgufFile.Tensor factors = file.tensors().get(ROPE_FACTORS);
            float[] ropeFactors = factors == null ? new float[0] : all(file, factors);
            Blueprint blueprint = new GgufBlueprint(architecture, metadata, file.tensors()::containsKey, ropeFactors)
                    .read(embedding.rows());
            return new GgufOrigin(file, metadata, architecture, blueprint);
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

    @Override
    public List<String> check(BaseConfig config) {
        pieces = architecture.pieces(config);
        Set<String> used = new HashSet<>();
        for (List<Piece> parts : pieces.values()) {
            for (Piece piece : parts) {
                check(piece);
                used.add(piece.name());
            }
        }
        List<String> ignored = new ArrayList<>();
        for (String name : file.tensors().keySet()) {
            if (!used.contains(name)) {
                if (!name.equals(ROPE_FACTORS)) {
                    throw metadata.fault("tensor '" + name + "' has no place in a plain " + architecture.architecture()
                            + " model of " + config.shape().layers() + " layers; wanted a file of a plain model");
                }
                ignored.add(name);
            }
        }
        return ignored;
    }

    private void check(Piece wanted) {
        GgufFile.Tensor found = tensor(file, wanted.name());
        if (found.rows() != wanted.rows() || found.columns() != wanted.columns()) {
            throw metadata.fault("tensor '" + wanted.name() + "': found " + found.rows() + " rows and "
                    + found.columns() + " columns, wanted " + wanted.rows() + " and " + wanted.columns()
                    + " from the metadata");
        }
    }

    @Override
    public RowSource rows(String canonical) {
        List<RowSource> sources = new ArrayList<>();
        for (Piece piece : pieces.get(canonical)) {
            RowSource rows = new TensorRows(file, tensor(file, piece.name()));
            sources.add(RotaryRows.halfSplit(rows, piece.rotatedHeads()));
        }
        return JoinedRows.of(sources);
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
