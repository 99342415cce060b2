package dev.trefoil.prepare;

import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import dev.trefoil.artifact.Hashes;
import dev.trefoil.artifact.SafeTensorsWriter.Declaration;
import dev.trefoil.quant.BaseConfig;
import dev.trefoil.quant.BaseLayout;
import dev.trefoil.quant.BaseStoreWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Makes a base store from a Hugging Face folder or a GGUF file. */
public final class Prepare {

    /** Room for the tokenizer and the file system's own needs. */
    private static final long SPARE_BYTES = 64L << 20;

    private Prepare() {}

    /**
     * Converts a checkpoint.
     *
     * @param source folder with config.json and safetensors, or a .gguf file
     * @param out folder to make; appears only when complete
     * @throws UserError when the source is unreadable, incomplete or not supported, {@code out} exists, or the disk is too small
     */
    public static PrepareResult run(Path source, Path out, PrepareOptions options, PrepareProgress progress) {
        return run(source, nameOf(source), out, options, progress);
    }

    /**
     * Converts a checkpoint that is known by another name than its path's.
     *
     * @param name what the base store and the adapters over it call the model, such as its id on the hub
     */
    public static PrepareResult run(
            Path source, String name, Path out, PrepareOptions options, PrepareProgress progress) {
        return convert(open(source), source, name, out, options, progress);
    }

    /**
     * Converts the decoder of a published sequence classifier. Its score head is left out, and the LM head that it does not have is
     * the embedding: such a base is for hidden states only.
     */
    public static PrepareResult trunk(Path source, Path out, PrepareOptions options, PrepareProgress progress) {
        return convert(HuggingFaceOrigin.openTrunk(source), source, nameOf(source), out, options, progress);
    }

    private static PrepareResult convert(
            Origin opened, Path source, String name, Path out, PrepareOptions options, PrepareProgress progress) {
        try (Origin origin = opened) {
            BaseConfig unread = draft(origin, name, options, Map.of());
            List<String> ignored = origin.check(unread);
            try (BaseStoreWriter writer = BaseStoreWriter.begin(out, options.overwrite())) {
                requireSpace(writer.folder(), totalBytes(unread));
                BaseConfig draft = draft(origin, name, options, hashes(origin.files(), progress));
                origin.writeTokenizer(writer.folder());
                boolean tokenizer = Files.exists(writer.folder().resolve("tokenizer.json"));
                long total = totalBytes(draft);
                var shards = writer.weights(draft, origin::rows, done -> progress.update("writing", done, total));
                BaseConfig sealed = writer.finish(draft, shards);
                long bytes = shards.stream().mapToLong(BaseConfig.Shard::bytes).sum();
                return new PrepareResult(out, sealed, bytes, ignored, tokenizer);
            }
        } catch (IOException failed) {
            throw new UserError(
                    ExitCode.FAILED, out + ": cannot be written from " + source + ": " + failed.getMessage(), failed);
        }
    }

    private static Origin open(Path source) {
        if (Files.isDirectory(source)) {
            return HuggingFaceOrigin.open(source);
        }
        if (Files.isRegularFile(source)) {
            String name = source.getFileName().toString().toLowerCase(Locale.ROOT);
            if (name.endsWith(".safetensors") || name.endsWith(".bin") || name.equals("config.json")) {
                throw UserError.data(
                        source + ": found a single file of a checkpoint, wanted its folder (with config.json) or"
                                + " a GGUF file");
            }
            return GgufOrigin.open(source);
        }
        throw UserError.data(
                source + ": no such folder or file; wanted a Hugging Face folder (config.json and *.safetensors)"
                        + " or a GGUF file");
    }

    private static String nameOf(Path source) {
        Path name = source.toAbsolutePath().normalize().getFileName();
        return name == null ? "/" : name.toString();
    }

    private static BaseConfig draft(Origin origin, String name, PrepareOptions options, Map<String, String> hashes) {
        return BaseConfig.draft(
                origin.blueprint(),
                options.precision(),
                options.embeddingPrecision(),
                new BaseConfig.Source(origin.kind(), name, origin.dtype(), hashes));
    }

    static long totalBytes(BaseConfig config) {
        return BaseLayout.tensors(config).values().stream()
                .mapToLong(Declaration::byteCount)
                .sum();
    }

    /** @throws UserError when the folder's disk has no room for so much */
    static void requireSpace(Path folder, long bytes) throws IOException {
        long free = Files.getFileStore(folder).getUsableSpace();
        if (free < bytes + SPARE_BYTES) {
            throw UserError.data(folder.getParent() + ": found " + (free >> 20) + " MiB free, wanted "
                    + (bytes + SPARE_BYTES >> 20) + " MiB for the base store; free some space or choose another --out");
        }
    }

    private static Map<String, String> hashes(List<Path> files, PrepareProgress progress) throws IOException {
        long total = 0;
        for (Path file : files) {
            total += Files.size(file);
        }
        long done = 0;
        Map<String, String> hashes = new TreeMap<>();
        for (Path file : files) {
            progress.update("reading", done, total);
            hashes.put(file.getFileName().toString(), Hashes.sha256(file));
            done += Files.size(file);
        }
        progress.update("reading", done, total);
        return hashes;
    }
}
