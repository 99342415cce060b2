package dev.trefoil.quant;

import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import dev.trefoil.artifact.Hashes;
import dev.trefoil.artifact.SafeTensorsWriter;
import dev.trefoil.artifact.SafeTensorsWriter.Declaration;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Makes a base store: weights are read, converted and written in pieces of a few rows, so memory does not grow with the model. All
 * is written into a folder aside, flushed, and renamed at the end; a crash leaves no half store under the wanted name.
 *
 * <p>Use: {@link #begin}, put the tokenizer's files into {@link #folder()}, {@link #weights}, {@link #finish}. Closing without
 * finish removes everything.
 */
public final class BaseStoreWriter implements Closeable {

    private static final long SHARD_BYTES = 1L << 30;

    private final Path out;
    private final Path folder;
    private final long shardBytes;
    private boolean finished;

    private BaseStoreWriter(Path out, Path folder, long shardBytes) {
        this.out = out;
        this.folder = folder;
        this.shardBytes = shardBytes;
    }

    /**
     * Starts a store.
     *
     * @param overwrite whether an old base store of that name may be replaced
     * @throws UserError when {@code out} exists and may not be replaced
     */
    public static BaseStoreWriter begin(Path out, boolean overwrite) throws IOException {
        return begin(out, overwrite, SHARD_BYTES);
    }

    static BaseStoreWriter begin(Path out, boolean overwrite, long shardBytes) throws IOException {
        Path target = out.toAbsolutePath().normalize();
        if (Files.exists(target)) {
            boolean empty = Files.isDirectory(target) && isEmpty(target);
            boolean store = Files.isRegularFile(target.resolve(BaseConfig.FILE_NAME));
            if (!empty && !store) {
                throw UserError.data(out + ": exists and is no base store; choose another --out");
            }
            if (!empty && !overwrite) {
                throw UserError.data(out + ": exists already; choose another --out, or replace it with --overwrite");
            }
        }
        Files.createDirectories(target.getParent());
        Path aside = target.resolveSibling("." + target.getFileName() + ".partial");
        delete(aside);
        Files.createDirectory(aside);
        return new BaseStoreWriter(target, aside, shardBytes);
    }

    private static boolean isEmpty(Path folder) throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.findAny().isEmpty();
        }
    }

    /** Where files beside the weights (the tokenizer) are to be put. */
    public Path folder() {
        return folder;
    }

    /**
     * Writes all weight files.
     *
     * @param config the draft that says which tensors there are
     * @param sources gives the origin of a canonical weight, bias or norm (never of an absmax: those are computed)
     * @param progress receives the bytes written so far
     */
    public List<BaseConfig.Shard> weights(
            BaseConfig config, Function<String, RowSource> sources, Consumer<Long> progress) throws IOException {
        List<Map<String, Declaration>> plan = plan(BaseLayout.tensors(config));
        List<BaseConfig.Shard> shards = new ArrayList<>();
        long[] done = {0};
        for (int i = 0; i < plan.size(); i++) {
            String name = String.format("weights-%05d.safetensors", i + 1);
            Path file = folder.resolve(name);
            LinkedHashMap<String, Declaration> tensors =
                    SafeTensorsWriter.alignedOrder(plan.get(i), SafeTensorsWriter.ALIGNMENT);
            try (SafeTensorsWriter writer =
                    SafeTensorsWriter.create(file, tensors, Map.of(), SafeTensorsWriter.ALIGNMENT)) {
                new ShardBody(writer, tensors, sources).write(bytes -> progress.accept(done[0] += bytes));
            }
            shards.add(new BaseConfig.Shard(name, Files.size(file), Hashes.sha256(file)));
        }
        return shards;
    }

    /** Consecutive tensors up to the limit; an absmax stays with its weight. A tensor beyond the limit gets a shard to itself. */
    private List<Map<String, Declaration>> plan(Map<String, Declaration> tensors) {
        List<Map<String, Declaration>> shards = new ArrayList<>();
        Map<String, Declaration> current = new LinkedHashMap<>();
        long size = 0;
        for (Map.Entry<String, Declaration> entry : tensors.entrySet()) {
            long bytes = entry.getValue().byteCount();
            if (size + bytes > shardBytes
                    && !current.isEmpty()
                    && !entry.getKey().endsWith(".absmax")) {
                shards.add(current);
                current = new LinkedHashMap<>();
                size = 0;
            }
            current.put(entry.getKey(), entry.getValue());
            size += bytes;
        }
        shards.add(current);
        return shards;
    }

    /**
     * Seals the store: writes base.json last, flushes all, renames.
     *
     * @param draft as given to {@link #weights}
     * @return the sealed description
     */
    public BaseConfig finish(BaseConfig draft, List<BaseConfig.Shard> shards) throws IOException {
        Path tokenizer = folder.resolve("tokenizer.json");
        String tokenizerHash = Files.exists(tokenizer) ? Hashes.sha256(tokenizer) : "";
        BaseConfig config = draft.sealed(shards, tokenizerHash);
        Files.write(folder.resolve(BaseConfig.FILE_NAME), config.bytes());
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                flush(file);
            }
        }
        replace();
        finished = true;
        return config;
    }

    private static void flush(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
    }

    private void replace() throws IOException {
        Path old = out.resolveSibling("." + out.getFileName() + ".old");
        delete(old);
        if (Files.exists(out)) {
            Files.move(out, old, StandardCopyOption.ATOMIC_MOVE);
        }
        Files.move(folder, out, StandardCopyOption.ATOMIC_MOVE);
        delete(old);
    }

    private static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> tree = Files.walk(folder)) {
            for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    /** Removes what was written aside, unless the store is finished. */
    @Override
    public void close() {
        if (finished) {
            return;
        }
        try {
            delete(folder);
        } catch (IOException failed) {
            throw new UserError(ExitCode.FAILED, folder + ": cannot be removed: " + failed.getMessage(), failed);
        }
    }
}
