package dev.trefoil.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** The program in a Java machine of its own, which can be killed. */
final class ChildRun implements AutoCloseable {

    private static final long MOST_SECONDS = 300;

    /** How a process is asked, or made, to end. */
    enum Signal {
        KILL(137),
        TERM(143);

        private final int code;

        Signal(int code) {
            this.code = code;
        }

        /** What a process that it ended returns to the shell. */
        int code() {
            return code;
        }
    }

    private final Process process;
    private final Path messages;

    private ChildRun(Process process, Path messages) {
        this.process = process;
        this.messages = messages;
    }

    /** Starts it with this machine's class path; its messages go to a file. */
    static ChildRun start(Path messages, String... arguments) throws IOException {
        return start(List.of(), messages, arguments);
    }

    /** @param before words of a command that starts the command behind it, such as a limit */
    static ChildRun start(List<String> before, Path messages, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(before);
        command.addAll(program());
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.redirectErrorStream(true).redirectOutput(messages.toFile());
        return new ChildRun(builder.start(), messages);
    }

    /** The words that start the program, without its arguments. */
    static List<String> program() {
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-Xmn48m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:-UsePerfData",
                "-Dai.djl.offline=true",
                "-Dai.djl.pytorch.graph_optimizer=false",
                "-cp",
                System.getProperty("java.class.path"),
                Trefoil.class.getName());
    }

    /** Waits until its messages hold a text, or it has ended. */
    ChildRun until(String text) throws IOException, InterruptedException {
        while (process.isAlive() && !messages().contains(text)) {
            Thread.sleep(5);
        }
        return this;
    }

    /** SIGKILL after a while; what it returns to the shell. */
    int kill(long millis) throws InterruptedException {
        if (!process.waitFor(millis, TimeUnit.MILLISECONDS)) {
            process.destroyForcibly();
        }
        return end();
    }

    /** A signal after a while; what it returns to the shell. */
    int end(Signal signal, long millis) throws InterruptedException {
        if (signal == Signal.KILL) {
            return kill(millis);
        }
        return process.waitFor(millis, TimeUnit.MILLISECONDS) ? end() : terminate();
    }

    /** SIGTERM. */
    int terminate() throws InterruptedException {
        process.destroy();
        return end();
    }

    /** What it returns to the shell. */
    int end() throws InterruptedException {
        if (!process.waitFor(MOST_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError("the child does not end");
        }
        return process.exitValue();
    }

    String messages() throws IOException {
        try (BufferedReader lines = Files.newBufferedReader(messages, StandardCharsets.UTF_8)) {
            return lines.lines().collect(Collectors.joining("\n"));
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
