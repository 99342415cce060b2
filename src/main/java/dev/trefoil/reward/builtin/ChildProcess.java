package dev.trefoil.reward.builtin;

import dev.trefoil.report.PrintableText;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * One running child that answers a line with a line. Its environment holds only PATH, HOME, LANG and what was listed; what it
 * writes to stderr is drained, and the end of it kept for error messages.
 */
final class ChildProcess implements AutoCloseable {

    private static final int STDERR_TAIL_BYTES = 2048;
    private static final long GOODBYE_MILLIS = 2000;

    private final Process process;
    private final OutputStream toChild;
    private final InputStream fromChild;
    private final int maxLineBytes;
    private final ByteArrayOutputStream errors = new ByteArrayOutputStream();
    private final Thread errorReader;
    private final ExecutorService talker =
            Executors.newSingleThreadExecutor(task -> daemon(task, "reward-process-talk"));
    private boolean answered;

    private ChildProcess(Process process, int maxLineBytes) {
        this.process = process;
        this.toChild = process.getOutputStream();
        this.fromChild = new BufferedInputStream(process.getInputStream());
        this.maxLineBytes = maxLineBytes;
        this.errorReader = daemon(this::drainErrors, "reward-process-stderr");
        errorReader.start();
    }

    /** Starts the command in the folder; a program given as a path with a slash is looked for in the folder. */
    static ChildProcess start(ProcessOptions options, Path folder) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(new ArrayList<>(options.command()));
        String program = options.command().get(0);
        if (program.indexOf(File.separatorChar) >= 0) {
            builder.command().set(0, folder.resolve(program).toAbsolutePath().toString());
        }
        builder.directory(folder.toAbsolutePath().toFile());
        Map<String, String> environment = builder.environment();
        Set<String> kept = new HashSet<>(options.inherit());
        kept.addAll(Set.of("PATH", "HOME", "LANG"));
        environment.keySet().retainAll(kept);
        environment.putAll(options.environment());
        return new ChildProcess(builder.start(), options.maxLineBytes());
    }

    /** Whether this child has answered at least once. */
    boolean hasAnswered() {
        return answered;
    }

    /**
     * Writes a line and waits for one line of answer.
     *
     * @throws TimeoutException when the answer is not there in time
     * @throws EOFException when the child closed its output or died
     * @throws LineTooLong when the answer is longer than allowed
     */
    String exchange(String line, Duration timeout) throws IOException, TimeoutException, InterruptedException {
        Future<String> answer = talker.submit(() -> {
            try {
                toChild.write((line + "\n").getBytes(StandardCharsets.UTF_8));
                toChild.flush();
            } catch (IOException brokenPipe) {
                throw new EOFException("it does not read its input any more");
            }
            return readLine();
        });
        try {
            String text = answer.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
            answered = true;
            return text;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException cause) {
                throw cause;
            }
            throw new IOException(e.getCause());
        }
    }

    /** How the child ended and the end of what it wrote to stderr, for a message. */
    String ending() {
        try {
            String state = process.waitFor(GOODBYE_MILLIS, TimeUnit.MILLISECONDS)
                    ? "it ended with exit status " + process.exitValue()
                    : "it is still running but closed its output";
            return state + stderrTail();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "it ended" + stderrTail();
        }
    }

    String stderrTail() {
        try {
            errorReader.join(process.isAlive() ? 50 : 500);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        String text;
        synchronized (errors) {
            text = errors.toString(StandardCharsets.UTF_8).strip();
        }
        return text.isEmpty() ? "; it wrote nothing to stderr" : "; the end of its stderr: " + PrintableText.of(text);
    }

    /** Ends the child: closes its input, gives it a moment, then kills it with its own children. */
    @Override
    public void close() {
        try {
            toChild.close();
            process.waitFor(GOODBYE_MILLIS, TimeUnit.MILLISECONDS);
        } catch (IOException alreadyGone) {
            // The pipe broke because the child is gone, which is what is wanted here.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        kill();
    }

    void kill() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        talker.shutdownNow();
    }

    private String readLine() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int read = fromChild.read(); read != '\n'; read = fromChild.read()) {
            if (read < 0) {
                throw new EOFException("it closed its output");
            }
            if (line.size() == maxLineBytes) {
                throw new LineTooLong();
            }
            line.write(read);
        }
        return line.toString(StandardCharsets.UTF_8);
    }

    private void drainErrors() {
        byte[] buffer = new byte[STDERR_TAIL_BYTES];
        try (InputStream stream = process.getErrorStream()) {
            for (int read = stream.read(buffer); read >= 0; read = stream.read(buffer)) {
                synchronized (errors) {
                    errors.write(buffer, 0, read);
                    if (errors.size() > 2 * STDERR_TAIL_BYTES) {
                        byte[] all = errors.toByteArray();
                        errors.reset();
                        errors.write(all, all.length - STDERR_TAIL_BYTES, STDERR_TAIL_BYTES);
                    }
                }
            }
        } catch (IOException closed) {
            // The child was killed; what was read until now is all there is.
        }
    }

    private static Thread daemon(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }

    /** An answer line longer than allowed. */
    static final class LineTooLong extends IOException {
        private static final long serialVersionUID = 1L;
    }
}
