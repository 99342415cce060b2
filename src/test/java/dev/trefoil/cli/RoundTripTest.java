package dev.trefoil.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * From transformers through prepare, sft, merge and export to PEFT, transformers and llama.cpp, for every family, by
 * scripts/oracle/check_round_trip.py, whose commands run in this process. Needs a Python: see scripts/oracle/README.md.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RoundTripTest {

    private static final Path SCRIPT = Path.of("scripts/oracle/check_round_trip.py");
    private static final String COMMAND = "trefoil ";
    private static final Pattern RESULT = Pattern.compile("(ok|FAIL) +(\\w+): (.*)");
    private static final String MISSING = "import importlib.util as u, sys; sys.exit(' '.join(n for n in"
            + " ('torch', 'transformers', 'peft', 'safetensors') if u.find_spec(n) is None) or 0)";

    private final JsonMapper json = JsonMapper.builder().build();
    private final Map<String, String> results = new LinkedHashMap<>();
    private Path messages;
    private String missing;

    @BeforeAll
    void takeTheTrip(@TempDir Path folder) throws IOException, InterruptedException {
        String python = System.getProperty("trefoil.python", System.getenv("TREFOIL_PYTHON"));
        messages = folder.resolve("messages.txt");
        missing = missing(python);
        if (!missing.isEmpty()) {
            return;
        }
        ProcessBuilder builder = new ProcessBuilder(
                python,
                SCRIPT.toString(),
                "--served",
                "--out",
                folder.resolve("families").toString());
        Process process = builder.redirectError(messages.toFile()).start();
        try {
            serve(process);
            process.waitFor();
        } finally {
            process.destroyForcibly();
        }
    }

    /** Why the trip cannot be taken; empty when it can. */
    private String missing(String python) throws IOException, InterruptedException {
        if (python == null) {
            return "no Python named: -Dtrefoil.python=FILE or TREFOIL_PYTHON, one with transformers, PEFT and"
                    + " llama-cpp-python";
        }
        Process look = new ProcessBuilder(python, "-c", MISSING)
                .redirectError(messages.toFile())
                .start();
        return look.waitFor() == 0
                ? ""
                : python + " lacks " + Files.readString(messages).strip();
    }

    /** Runs the script's commands until it ends, and keeps its results. */
    private void serve(Process process) throws IOException {
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8);
                Writer answers = process.outputWriter(StandardCharsets.UTF_8)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                Matcher result = RESULT.matcher(line);
                if (line.startsWith(COMMAND)) {
                    String[] words = json.readValue(line.substring(COMMAND.length()), String[].class);
                    CommandLineRun run = CommandLineRun.of(words);
                    Map<String, Object> answer = Map.of("code", run.code(), "out", run.out(), "err", run.err());
                    answers.write(json.writeValueAsString(answer) + "\n");
                    answers.flush();
                } else if (result.matches()) {
                    results.put(result.group(2), result.group(1) + " " + result.group(3));
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama", "mistral", "qwen2", "qwen3", "smollm3", "gpt_neox", "gpt2", "bloom", "opt"})
    void everyFamilyComesBackAsItWas(String family) throws IOException {
        assumeTrue(missing.isEmpty(), missing);
        List<String> said = Files.readAllLines(messages);
        assertThat(results.get(family))
                .as(
                        "%s of %s; the script's last words: %s",
                        family, SCRIPT, said.subList(Math.max(0, said.size() - 5), said.size()))
                .startsWith("ok ");
        assumeTrue(
                !results.get(family).contains("no llama_cpp"),
                "PEFT and transformers agree; llama.cpp was not asked: that Python has no llama-cpp-python");
    }
}
