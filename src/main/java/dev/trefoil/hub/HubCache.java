package dev.trefoil.hub;

import dev.trefoil.artifact.AtomicFiles;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * One repository in the cache, as huggingface_hub lays it out: {@code blobs/HASH} are the bytes, {@code snapshots/COMMIT/NAME} links to
 * them, {@code refs/REVISION} names the commit (https://huggingface.co/docs/huggingface_hub/guides/manage-cache).
 */
final class HubCache {

    private static final long WAIT_MILLIS = 200;
    private static final String COMMIT = "[0-9a-f]{7,64}";

    private final Path folder;

    private HubCache(Path folder) {
        this.folder = folder;
    }

    static HubCache of(Path cache, ModelId id) {
        return new HubCache(cache.resolve("models--" + id.organisation() + "--" + id.name()));
    }

    Path folder() {
        return folder;
    }

    Path blob(HubFile file) {
        return folder.resolve("blobs").resolve(file.hash());
    }

    Path partial(HubFile file) {
        return folder.resolve("blobs").resolve(file.hash() + ".partial");
    }

    Path snapshot(String commit) {
        return folder.resolve("snapshots").resolve(commit);
    }

    /** The snapshot that a revision named when it was last asked for. */
    Optional<Path> known(String revision) throws IOException {
        Path named = folder.resolve("refs").resolve(revision);
        String commit = revision;
        if (Files.isRegularFile(named)) {
            // Other programs write it too: what is no commit, perhaps no text, names no folder.
            commit = new String(Files.readAllBytes(named), StandardCharsets.ISO_8859_1).strip();
            if (!commit.matches(COMMIT)) {
                return Optional.empty();
            }
        }
        Path found = snapshot(commit).normalize();
        return found.startsWith(folder) && Files.isDirectory(found) ? Optional.of(found) : Optional.empty();
    }

    /** Names in a snapshot whose bytes are there. */
    static List<String> names(Path snapshot) throws IOException {
        try (Stream<Path> files = Files.list(snapshot)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> file.getFileName().toString())
                    .sorted()
                    .toList();
        }
    }

    void remember(String revision, String commit) throws IOException {
        Path named = folder.resolve("refs").resolve(revision);
        Files.createDirectories(named.getParent());
        AtomicFiles.write(named, commit);
    }

    /** Puts a finished blob into a snapshot; where the file system knows no links, a hard link or a copy. */
    void link(String commit, HubFile file) throws IOException {
        Path target = snapshot(commit).resolve(file.name());
        if (Files.isRegularFile(target)) {
            return;
        }
        Files.createDirectories(target.getParent());
        if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
            Files.delete(target);
        }
        try {
            Files.createSymbolicLink(target, target.getParent().relativize(blob(file)));
        } catch (IOException | UnsupportedOperationException noLinks) {
            Files.copy(blob(file), target);
        }
    }

    /** Waits until no other process fetches this repository; close it to let the next one. */
    FileChannel lock(Runnable waiting) throws IOException, InterruptedException {
        Files.createDirectories(folder);
        FileChannel channel =
                FileChannel.open(folder.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        boolean told = false;
        while (!tryLock(channel)) {
            if (!told) {
                waiting.run();
                told = true;
            }
            Thread.sleep(WAIT_MILLIS);
        }
        return channel;
    }

    private static boolean tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock() != null;
        } catch (OverlappingFileLockException sameProcess) {
            return false;
        }
    }
}
