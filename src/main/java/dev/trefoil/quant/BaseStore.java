package dev.trefoil.quant;

import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import dev.trefoil.artifact.Hashes;
import dev.trefoil.artifact.SafeTensorsFile;
import dev.trefoil.artifact.SafeTensorsFile.Info;
import dev.trefoil.artifact.SafeTensorsWriter.Declaration;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * An opened base: the description and the mapped weights. Nothing is copied; every process on a machine that opens the same folder
 * shares the same pages. Tensor names and shapes are those of {@link BaseLayout}.
 */
public final class BaseStore implements Closeable {

    private final Path folder;
    private final BaseConfig config;
    private final List<SafeTensorsFile> files;
    private final Map<String, SafeTensorsFile> holders;

    private BaseStore(
            Path folder, BaseConfig config, List<SafeTensorsFile> files, Map<String, SafeTensorsFile> holders) {
        this.folder = folder;
        this.config = config;
        this.files = files;
        this.holders = holders;
    }

    /**
     * Opens a folder made by {@code prepare}: checks the description, the files' sizes and every tensor's format and shape, but reads
     * no weight (see {@link #verifyHashes}).
     *
     * @throws UserError when the folder is no base store or is incomplete
     */
    public static BaseStore open(Path folder) {
        BaseConfig config = BaseConfig.read(folder);
        List<SafeTensorsFile> files = new ArrayList<>();
        try {
            Map<String, SafeTensorsFile> holders = new LinkedHashMap<>();
            for (BaseConfig.Shard shard : config.shards()) {
                SafeTensorsFile file = openShard(folder, shard);
                files.add(file);
                file.names().forEach(name -> holders.put(name, file));
            }
            check(folder, config, holders);
            return new BaseStore(folder, config, List.copyOf(files), holders);
        } catch (UserError fault) {
            files.forEach(SafeTensorsFile::close);
            throw fault;
        }
    }

    private static SafeTensorsFile openShard(Path folder, BaseConfig.Shard shard) {
        Path path = folder.resolve(shard.file());
        try {
            long found = Files.size(path);
            if (found != shard.bytes()) {
                throw UserError.data(path + ": found " + found + " bytes, wanted " + shard.bytes()
                        + ": the base store is damaged; copy it or prepare it again");
            }
        } catch (IOException missing) {
            throw new UserError(
                    ExitCode.CONFIG_OR_DATA,
                    path + ": named in " + BaseConfig.FILE_NAME + " but cannot be read; prepare the model again",
                    missing);
        }
        return SafeTensorsFile.open(path);
    }

    private static void check(Path folder, BaseConfig config, Map<String, SafeTensorsFile> holders) {
        for (Map.Entry<String, Declaration> wanted : BaseLayout.tensors(config).entrySet()) {
            String name = wanted.getKey();
            SafeTensorsFile holder = holders.get(name);
            if (holder == null) {
                throw UserError.data(folder + ": tensor '" + name + "' is missing; prepare the model again");
            }
            Info info = holder.info(name);
            Declaration declaration = wanted.getValue();
            if (!info.dtype().equals(declaration.dtype()) || !Arrays.equals(info.shape(), declaration.shape())) {
                throw UserError.data(holder.path() + ": tensor '" + name + "': found " + info.dtype() + " "
                        + Arrays.toString(info.shape()) + ", wanted " + declaration.dtype() + " "
                        + Arrays.toString(declaration.shape()));
            }
        }
    }

    public BaseConfig config() {
        return config;
    }

    public Path folder() {
        return folder;
    }

    public List<String> names() {
        return List.copyOf(holders.keySet());
    }

    public boolean has(String name) {
        return holders.containsKey(name);
    }

    public Info info(String name) {
        return holder(name).info(name);
    }

    /** The mapped bytes: direct, read-only, little-endian. */
    public ByteBuffer bytes(String name) {
        return holder(name).bytes(name);
    }

    /** Any tensor as float32, row-major; an int8 weight is multiplied out with its row scales. */
    public float[] floats(String name) {
        Info info = info(name);
        return floats(name, 0, info.shape().length == 1 ? 1 : Math.toIntExact(info.shape()[0]));
    }

    /** Rows {@code firstRow .. firstRow + count} of a matrix (or the one row of a vector) as float32. */
    public float[] floats(String name, int firstRow, int count) {
        Info info = info(name);
        int columns = Math.toIntExact(info.shape()[info.shape().length - 1]);
        float[] values = holder(name).floats(name, (long) firstRow * columns, Math.multiplyExact(count, columns));
        if (info.dtype().equals("I8")) {
            float[] absmax = holder(BaseLayout.absmaxOf(name)).floats(BaseLayout.absmaxOf(name), firstRow, count);
            for (int i = 0; i < values.length; i++) {
                values[i] *= absmax[i / columns] / 127;
            }
        }
        return values;
    }

    /** Reads the blocks before they are asked for, when the base is large beside the free memory. To be closed by the caller. */
    public ReadAhead readAhead() {
        List<List<ByteBuffer>> blocks = new ArrayList<>();
        for (int layer = 0; layer < config.shape().layers(); layer++) {
            String prefix = BaseLayout.layer(layer);
            blocks.add(holders.keySet().stream()
                    .filter(name -> name.startsWith(prefix) && name.endsWith(".weight"))
                    .filter(name -> info(name).shape().length > 1)
                    .map(this::bytes)
                    .toList());
        }
        return ReadAhead.of(blocks, MachineMemory.available());
    }

    /** Size of all weight files, in bytes. */
    public long byteCount() {
        return config.shards().stream().mapToLong(BaseConfig.Shard::bytes).sum();
    }

    /**
     * Reads every weight file and compares its hash.
     *
     * @throws UserError when one differs
     */
    public void verifyHashes() {
        for (BaseConfig.Shard shard : config.shards()) {
            Path path = folder.resolve(shard.file());
            try {
                String found = Hashes.sha256(path);
                if (!found.equals(shard.sha256())) {
                    throw UserError.data(path + ": found SHA-256 " + found + ", wanted " + shard.sha256()
                            + ": the base store is damaged; copy it or prepare it again");
                }
            } catch (IOException unreadable) {
                throw new UserError(ExitCode.CONFIG_OR_DATA, path + ": cannot be read", unreadable);
            }
        }
    }

    private SafeTensorsFile holder(String name) {
        SafeTensorsFile holder = holders.get(name);
        if (holder == null) {
            throw new IllegalArgumentException(folder + ": no tensor '" + name + "'");
        }
        return holder;
    }

    @Override
    public void close() {
        files.forEach(SafeTensorsFile::close);
    }
}
