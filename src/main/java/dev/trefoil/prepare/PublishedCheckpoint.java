package dev.trefoil.prepare;

import dev.trefoil.UserError;
import dev.trefoil.adapter.LinearSite;
import dev.trefoil.artifact.Hashes;
import dev.trefoil.artifact.SafeTensorsFile.Info;
import dev.trefoil.family.Family;
import dev.trefoil.quant.BaseConfig;
import dev.trefoil.quant.Precision;
import dev.trefoil.quant.RowSource;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A published model in a Hugging Face folder, in its own number format: mapped, checked to be complete, read tensor by tensor. */
public final class PublishedCheckpoint implements Closeable {

    private final Path folder;
    private final HuggingFaceOrigin origin;
    private final BaseConfig config;
    private final List<String> ignored;

    private PublishedCheckpoint(Path folder, HuggingFaceOrigin origin, BaseConfig config, List<String> ignored) {
        this.folder = folder;
        this.origin = origin;
        this.config = config;
        this.ignored = ignored;
    }

    /**
     * Opens a folder.
     *
     * @throws UserError when it is no complete checkpoint of a supported family in F32, F16 or BF16
     */
    public static PublishedCheckpoint open(Path folder) {
        String wanted =
                "wanted the folder of a published model with 16 or 32 bits a weight (config.json, *.safetensors)";
        if (Files.isRegularFile(folder)) {
            String what = folder.toString().toLowerCase(Locale.ROOT).endsWith(".gguf") ? "a GGUF file" : "a file";
            throw UserError.data(folder + ": is " + what + ", " + wanted);
        }
        if (Files.isRegularFile(folder.resolve(BaseConfig.FILE_NAME))) {
            BaseConfig.Source source = BaseConfig.read(folder).source();
            throw UserError.data(folder + ": is a base store, whose weights are rounded, " + wanted + ": the one it was"
                    + " made from (" + source.kind() + " " + source.description() + ")");
        }
        HuggingFaceOrigin origin = HuggingFaceOrigin.open(folder);
        try {
            BaseConfig.Source source = new BaseConfig.Source(origin.kind(), "", origin.dtype(), Map.of());
            BaseConfig config = BaseConfig.draft(origin.blueprint(), Precision.FP32, Precision.FP32, source);
            return new PublishedCheckpoint(folder, origin, config, origin.check(config));
        } catch (UserError fault) {
            origin.close();
            throw fault;
        }
    }

    public Path folder() {
        return folder;
    }

    /** Shape, switches and tokens; its precisions and hashes say nothing. */
    public BaseConfig config() {
        return config;
    }

    public Family family() {
        return origin.family();
    }

    /** All published linears of the blocks. */
    public List<LinearSite> sites() {
        return origin.family().sites(config);
    }

    /** Number formats found, such as {@code BF16} or {@code F32+F16}. */
    public String dtype() {
        return origin.dtype();
    }

    /** Published tensors that are computed anew and are no part of the model. */
    public List<String> ignored() {
        return ignored;
    }

    /** Full published names of the model's tensors, in the order of the files. */
    public List<String> names() {
        return origin.names().stream().filter(name -> !ignored.contains(name)).toList();
    }

    /** Number format and shape of a published tensor; its name is the one inside the file. */
    public Info info(String name) {
        return origin.stored(name).info();
    }

    /** The mapped bytes of a published tensor, little-endian. */
    public ByteBuffer bytes(String name) {
        HuggingFaceOrigin.Stored stored = origin.stored(name);
        return stored.file().bytes(stored.name());
    }

    /** {@code count} elements of a published tensor from element {@code first} on, as float32. */
    public float[] floats(String name, long first, int count) {
        HuggingFaceOrigin.Stored stored = origin.stored(name);
        return stored.file().floats(stored.name(), first, count);
    }

    /** Rows of a canonical tensor, see {@link dev.trefoil.quant.BaseLayout}. */
    public RowSource rows(String canonical) {
        return origin.rows(canonical);
    }

    /** SHA-256 of the configuration and the weight files, by name. */
    public Map<String, String> hashes() throws IOException {
        Map<String, String> hashes = new LinkedHashMap<>();
        for (Path file : origin.files()) {
            hashes.put(file.getFileName().toString(), Hashes.sha256(file));
        }
        return hashes;
    }

    @Override
    public void close() {
        origin.close();
    }
}
