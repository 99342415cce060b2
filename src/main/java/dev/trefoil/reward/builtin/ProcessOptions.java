package dev.trefoil.reward.builtin;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How a reward process is run.
 *
 * @param command program and arguments, passed to the system as they are, without a shell
 * @param environment variables added to PATH, HOME and LANG
 * @param inherit names of further variables that are handed on from the environment of this program, where they are set
 * @param startTimeout time for the first answer of a freshly started process, which may have to load a model
 * @param timeout time for each answer after that
 * @param restarts how many times a batch may find the process dead and start another before it fails
 * @param maxLineBytes longest answer line
 * @param batch most samples in one request
 */
record ProcessOptions(
        List<String> command,
        Map<String, String> environment,
        List<String> inherit,
        Duration startTimeout,
        Duration timeout,
        int restarts,
        int maxLineBytes,
        int batch) {

    ProcessOptions {
        command = List.copyOf(command);
        environment = Map.copyOf(environment);
        inherit = List.copyOf(inherit);
        if (command.isEmpty() || command.get(0).isBlank()) {
            throw new IllegalArgumentException("command: is empty; a program and its arguments are wanted, as a list");
        }
    }

    static ProcessOptions of(Map<String, Object> values) {
        Options options = new Options(values);
        Map<String, String> environment = new LinkedHashMap<>();
        options.map("environment").forEach((name, value) -> environment.put(name, String.valueOf(value)));
        ProcessOptions read = new ProcessOptions(
                options.texts("command", List.of()),
                environment,
                options.texts("inherit", List.of()),
                options.seconds("start_timeout_seconds", 120),
                options.seconds("timeout_seconds", 60),
                options.count("restarts", 2, 0, 100),
                options.count("max_line_bytes", 16 << 20, 64, 1 << 30),
                options.count("batch", 256, 1, 1 << 20));
        options.done();
        return read;
    }
}
