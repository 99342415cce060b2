package dev.trefoil.artifact;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;

/** Files that are there completely or not at all, also after a power cut. */
public final class AtomicFiles {

    private static final String PARTIAL = ".partial-";

    /** Writes a file's content. */
    @FunctionalInterface
    public interface Content {
        void writeTo(OutputStream out) throws IOException;
    }

    private AtomicFiles() {}

    /** Writes or replaces a file. */
    public static void write(Path file, byte[] content) throws IOException {
        write(file, out -> out.write(content));
    }

    /** Writes or replaces a text file, UTF-8. */
    public static void write(Path file, String content) throws IOException {
        write(file, content.getBytes(StandardCharsets.UTF_8));
    }

    /** Writes or replaces a file through a stream; on failure the old file stays and nothing is left behind. */
    public static void write(Path file, Content content) throws IOException {
        Path partial = aside(file);
        try {
            try (FileChannel channel =
                            FileChannel.open(partial, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
                    OutputStream out = Channels.newOutputStream(channel)) {
                content.writeTo(out);
                out.flush();
                channel.force(true);
            }
            move(partial, file);
        } finally {
            Files.deleteIfExists(partial);
        }
    }

    /** A free name beside a file or folder: NAME.partial-XXXX. */
    public static Path aside(Path file) {
        String suffix = Long.toString(ThreadLocalRandom.current().nextLong(1L << 40), 36);
        return file.resolveSibling(file.getFileName() + PARTIAL + suffix);
    }

    /** All such names beside a file or folder, of writers that were killed or are still at work. */
    private static List<Path> leftovers(Path file) throws IOException {
        Path parent = file.toAbsolutePath().getParent();
        if (!Files.isDirectory(parent)) {
            return List.of();
        }
        String prefix = file.getFileName() + PARTIAL;
        try (Stream<Path> beside = Files.list(parent)) {
            return beside.filter(path -> path.getFileName().toString().startsWith(prefix))
                    .toList();
        }
    }

    /** Deletes what killed writers have left beside a file or folder. Only for whoever knows that none is at work on it. */
    public static void deleteLeftovers(Path file) throws IOException {
        for (Path leftover : leftovers(file)) {
            deleteTree(leftover);
        }
    }

    /** Renames a file or folder in one step, over an existing file, and makes the rename last. */
    public static void move(Path from, Path to) throws IOException {
        try {
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException otherFileSystem) {
            throw new IOException(from + " and " + to + " lie on different file systems", otherFileSystem);
        }
        syncFolder(to.toAbsolutePath().getParent());
    }

    /**
     * Renames a folder over another, which steps aside until the new one is in place: a folder that is not empty cannot be renamed
     * over.
     */
    public static void replaceFolder(Path from, Path to) throws IOException {
        if (!Files.exists(to)) {
            move(from, to);
            return;
        }
        Path earlier = aside(to);
        move(to, earlier);
        try {
            move(from, to);
        } catch (IOException failed) {
            move(earlier, to);
            throw failed;
        }
        deleteTree(earlier);
    }

    /** Deletes a folder and all in it, if it is there. */
    public static void deleteTree(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> walk = Files.walk(folder)) {
            for (Path path : (Iterable<Path>) walk.sorted(Comparator.reverseOrder())::iterator) {
                Files.delete(path);
            }
        }
    }

    /** Forces a file's bytes to the disk. */
    public static void syncFile(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
    }

    /** Forces a folder's names to the disk, where the system lets a folder be opened. */
    static void syncFolder(Path folder) {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (IOException unsupported) {
            // Windows opens no folders; its renames are durable on their own.
        }
    }
}
