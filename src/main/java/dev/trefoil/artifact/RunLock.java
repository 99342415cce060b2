package dev.trefoil.artifact;

import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * Keeps a run's folder to one process. The operating system drops the lock when the process ends, however it ends; the file
 * itself stays and means nothing. Take a folder's lock once in a process: where locks belong to processes (POSIX), a second
 * attempt from the same process is refused here but also gives the first one away to other processes.
 */
public final class RunLock implements Closeable {

    private static final String NAME = ".lock";

    private final Path folder;
    private final FileChannel channel;

    private RunLock(Path folder, FileChannel channel) {
        this.folder = folder;
        this.channel = channel;
    }

    /**
     * Locks a folder, which is created if missing.
     *
     * @throws UserError if another run has it, or if it cannot be written
     */
    public static RunLock acquire(Path folder) {
        Path file = folder.resolve(NAME);
        FileChannel channel = null;
        boolean held = false;
        try {
            Files.createDirectories(folder);
            channel = FileChannel.open(
                    file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            Object opened = fileKey(file);
            held = tryLock(channel);
            if (!held) {
                throw new UserError(
                        ExitCode.REFUSED,
                        folder + ": another run" + owner(channel)
                                + " is using this folder; wait until it ends, stop it, or "
                                + "choose another folder with --out");
            }
            String process = Long.toString(ProcessHandle.current().pid());
            channel.truncate(0).write(ByteBuffer.wrap(process.getBytes(StandardCharsets.US_ASCII)), 0);
            // Without opening it: where locks belong to processes, closing the file once more would give the lock away.
            held = opened != null && opened.equals(fileKey(file));
            if (!held) {
                throw new UserError(
                        ExitCode.REFUSED,
                        folder + ": another run has just ended here and deletes this folder; start again");
            }
            return new RunLock(folder, channel);
        } catch (IOException failed) {
            held = false;
            throw new UserError(
                    ExitCode.CONFIG_OR_DATA,
                    folder + ": cannot be written: " + failed.getMessage() + "; choose another folder with --out",
                    failed);
        } finally {
            if (!held) {
                closeQuietly(channel);
            }
        }
    }

    /**
     * Deletes the folder with all that is in it. It goes out of sight in one step before anything in it is deleted: who is killed meanwhile
     * leaves no half of it, but FOLDER.partial-XXXX.
     */
    public void deleteFolder() throws IOException {
        Path aside = AtomicFiles.aside(folder.toAbsolutePath());
        AtomicFiles.move(folder, aside);
        AtomicFiles.deleteTree(aside);
    }

    /** Tells a file from another one of the same name; null when there is none. */
    private static Object fileKey(Path file) throws IOException {
        try {
            Object key = Files.readAttributes(file, BasicFileAttributes.class).fileKey();
            return key == null ? file : key;
        } catch (NoSuchFileException gone) {
            return null;
        }
    }

    private static boolean tryLock(FileChannel channel) throws IOException {
        try {
            FileLock lock = channel.tryLock();
            return lock != null;
        } catch (OverlappingFileLockException sameProcess) {
            return false;
        }
    }

    private static String owner(FileChannel channel) throws IOException {
        ByteBuffer text = ByteBuffer.allocate(20);
        channel.read(text, 0);
        String process = new String(text.array(), 0, text.position(), StandardCharsets.US_ASCII).trim();
        return process.isEmpty() ? "" : " (process " + process + ")";
    }

    private static void closeQuietly(FileChannel channel) {
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (IOException ignored) {
            // The fault that led here is the one to report.
        }
    }

    @Override
    public void close() {
        closeQuietly(channel);
    }
}
