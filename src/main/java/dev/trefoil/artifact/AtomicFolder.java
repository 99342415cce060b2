package dev.trefoil.artifact;

import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * A new folder that is there completely or not at all: files are written aside, forced to the disk, and {@link #finish} gives the
 * folder its name. Closing without it removes everything.
 */
public final class AtomicFolder implements Closeable {

    private final Path target;
    private final Path folder;
    private boolean finished;

    private AtomicFolder(Path target, Path folder) {
        this.target = target;
        this.folder = folder;
    }

    /**
     * Starts a folder.
     *
     * @param out the name it will get
     * @throws UserError when something is there already
     */
    public static AtomicFolder begin(Path out) throws IOException {
        Path target = out.toAbsolutePath().normalize();
        if (Files.exists(target)) {
            throw UserError.data(
                    out + ": exists already, and nothing is replaced; choose another folder, or move it away");
        }
        Files.createDirectories(target.getParent());
        Path aside = AtomicFiles.aside(target);
        Files.createDirectory(aside);
        return new AtomicFolder(target, aside);
    }

    /** Where to write. */
    public Path folder() {
        return folder;
    }

    /** Gives the folder its name. */
    public void finish() throws IOException {
        for (Path path : tree()) {
            if (Files.isRegularFile(path)) {
                AtomicFiles.syncFile(path);
            } else {
                AtomicFiles.syncFolder(path);
            }
        }
        AtomicFiles.move(folder, target);
        finished = true;
    }

    /** What is inside comes before the folder that holds it. */
    private List<Path> tree() throws IOException {
        try (Stream<Path> walk = Files.walk(folder)) {
            return walk.sorted(Comparator.reverseOrder()).toList();
        }
    }

    @Override
    public void close() {
        if (finished) {
            return;
        }
        try {
            for (Path path : tree()) {
                Files.delete(path);
            }
        } catch (IOException failed) {
            throw new UserError(ExitCode.FAILED, folder + ": cannot be removed: " + failed.getMessage(), failed);
        }
    }
}
