package dev.trefoil.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigReaderTest {

    @TempDir
    Path folder;

    private Path write(String name, String text) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, text);
    }

    private Example read(String text, String... overrides) throws IOException {
        return ConfigReader.read(write("a.yaml", text), List.of(overrides), Example.class);
    }

    /** The messages, one a fault, with the temporary folder cut off. */
    private List<String> faults(String text, String... overrides) {
        UserError error = catchThrowableOfType(UserError.class, () -> read(text, overrides));
        assertThat(error).as("an error for\n%s", text).isNotNull();
        assertThat(error.code()).isEqualTo(ExitCode.CONFIG_OR_DATA);
        return error.getMessage().replace(folder + "/", "").lines().toList();
    }

    @Test
    void absentKeysTakeTheDefaults() throws IOException {
        Example read = read("base: some/folder\n");
        assertThat(read.base()).isEqualTo(Path.of("some/folder"));
        assertThat(read.optim()).isEqualTo(Example.Optim.defaults());
        assertThat(read.ppo()).isEqualTo(Example.Ppo.defaults());
        assertThat(read.eval()).isNull();
    }

    @Test
    void everyTypeIsRead() throws IOException {
        Example read = read("""
                base: b
                optim:
                  learning_rate: 1.5e-5
                  steps: 1_000
                  max_grad_norm: null
                  target_modules: all-linear
                ppo:
                  kl: {controller: adaptive_linear, target: 3}
                  whiten: false
                eval:
                  data: x.jsonl
                stages:
                  - {kind: sft, class: A, epochs: 1e1}
                  - kind: ppo
                    seed: 7
                    epochs: 2
                options: {a: 1, b: 0.5, c: "1", d: yes, e: [1, {f: null}], g: true}
                weights: {x: 1, y: 2e-1}
                memory: 1.5GiB
                note: 010
                prompts: p/../q.txt
                """);
        assertThat(read.optim()).isEqualTo(new Example.Optim(1.5e-5, 1000, null, List.of("all-linear")));
        // Keys absent in a section come from the enclosing record's default for it.
        assertThat(read.ppo().kl()).isEqualTo(new Example.Kl(Example.Controller.ADAPTIVE_LINEAR, 3.0, 10_000));
        assertThat(read.ppo().whiten()).isFalse();
        assertThat(read.eval()).isEqualTo(new Example.Eval(50, Path.of("x.jsonl")));
        assertThat(read.stages())
                .containsExactly(new Example.Stage("sft", "A", null, 10), new Example.Stage("ppo", null, 7, 2));
        assertThat(read.options())
                .containsEntry("a", 1L)
                .containsEntry("b", 0.5)
                .containsEntry("c", "1");
        assertThat(read.options())
                .containsEntry("d", "yes")
                .containsEntry("g", true)
                .containsKey("e");
        assertThat(read.weights()).containsExactly(Map.entry("x", 1.0), Map.entry("y", 0.2));
        assertThat(read.memory()).isEqualTo(new Bytes(3L << 29));
        assertThat(read.note()).isEqualTo("010");
        assertThat(read.prompts()).isEqualTo(folder.resolve("q.txt"));
    }

    @Test
    void emptySectionMeansItsDefaults() throws IOException {
        assertThat(read("base: b\noptim:\n").optim()).isEqualTo(Example.Optim.defaults());
    }

    @Test
    void missingRequiredKeys() {
        assertThat(faults("optim: {steps: 3}\neval:\n  every: 3\nstages: [{kind: a}]\n"))
                .containsExactly(
                        "a.yaml:1 base: is missing; a path is wanted (Folder of the base)",
                        "a.yaml:2 eval.data: is missing; a path is wanted (Data)",
                        "a.yaml:4 stages[0].epochs: is missing; a whole number is wanted");
    }

    @Test
    void unknownKeysNameTheNearest() {
        assertThat(faults("""
                        base: b
                        ppo:
                          kl:
                            tagret: 6
                        learning_rate: 3
                        ppo.lam: 1
                        zzzzzzzz: 1
                        optim: {learningRate: 1}
                        """))
                .containsExactly(
                        "a.yaml:4 ppo.kl.tagret: unknown key; did you mean ppo.kl.target?",
                        "a.yaml:5 learning_rate: unknown key; did you mean optim.learning_rate?",
                        "a.yaml:6 ppo.lam: unknown key; write one section inside the other, not a key with dots",
                        "a.yaml:7 zzzzzzzz: unknown key; known here: base, optim, ppo, eval, stages, options, weights,"
                                + " memory, note, prompts",
                        "a.yaml:8 optim.learningRate: unknown key; did you mean optim.learning_rate?");
    }

    @Test
    void rangesAndConstructorFaultsStandAtTheirLine() {
        assertThat(faults("""
                        base: b
                        optim:
                          learning_rate: -1
                          steps: 0
                        ppo:
                          lam: 1.5
                          kl:
                            target: -6
                        weights:
                          x: -1
                        """))
                .containsExactly(
                        "a.yaml:3 optim.learning_rate: must be > 0, was -1; default 2e-4 (Step size)",
                        "a.yaml:4 optim.steps: must be >= 1, was 0; default 100 (Number of steps)",
                        "a.yaml:6 ppo.lam: must be >= 0 and <= 1, was 1.5; default 0.95 (Decay of advantages)",
                        "a.yaml:8 ppo.kl.target: must be > 0, was -6.0; adaptive KL needs a target",
                        "a.yaml:10 weights.x: must be >= 0, was -1 (Weights by name)");
    }

    @Test
    void faultOfSeveralKeysStandsAtTheSection() {
        assertThat(faults("base: b\nppo:\n  kl:\n    horizon: 2\n"))
                .containsExactly("a.yaml:3 ppo.kl: target and horizon do not fit each other; raise one");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "steps: 2.5 | must be a whole number, was 2.5",
                "steps: many | must be a whole number, was many",
                "steps: \"5\" | must be a whole number, was \"5\", which is text; remove the quotes",
                "steps: 3000000000 | must be a whole number of at most 2147483647, was 3000000000",
                "steps: 1e999999 | must be a whole number of at most 2147483647, was 1e999999",
                "steps: 010 | must be a whole number, was 010; write it without the leading zero",
                "steps: [1] | must be a whole number, was a list of 1",
                "steps: {a: 1} | must be a whole number, was a section with the key a",
                "steps: | is empty; a whole number is wanted",
                "learning_rate: .inf | must be a finite number, was .inf",
                "learning_rate: NaN | must be a finite number, was NaN",
                "learning_rate: 1e999 | must be a finite number, was 1e999, which is too large",
                "learning_rate: '0,5' | must be a number, was \"0,5\"; write a decimal point: 0.5",
                "learning_rate: true | must be a number, was true",
                "target_modules: {a: b} | must be a list, each item text, was a section with the key a",
            })
    void wrongValues(String line, String message) {
        assertThat(faults("base: b\noptim:\n  " + line + "\n"))
                .singleElement()
                .asString()
                .startsWith("a.yaml:3 optim." + line.split(":")[0] + ": " + message);
    }

    @Test
    void wrongFlagsChoicesSizesAndSections() {
        assertThat(faults("""
                        base: []
                        ppo:
                          whiten: yes
                          kl: {controller: adaptive-liner}
                        memory: 24 gigs
                        optim: 3
                        stages: 4
                        """))
                .containsExactly(
                        "a.yaml:1 base: must be a path, was a list of 0 (Folder of the base)",
                        "a.yaml:3 ppo.whiten: must be true or false, was yes; default true (Whether advantages are whitened)",
                        "a.yaml:4 ppo.kl.controller: must be one of fixed, adaptive-linear, was adaptive-liner; did you mean"
                                + " adaptive-linear?; default adaptive-linear (How the coefficient moves)",
                        "a.yaml:5 memory: must be a size such as 24GiB, 512MiB or 1.5GB, was 24 gigs; default 24GiB"
                                + " (Memory to stay below)",
                        "a.yaml:6 optim: must be a section with the keys learning_rate, steps, max_grad_norm,"
                                + " target_modules, was 3",
                        "a.yaml:7 stages: must be a list, each item a section with the keys kind, class, seed, epochs, was 4");
    }

    /** What the YAML parser says in its own way. */
    @ParameterizedTest
    @ValueSource(strings = {"base: \"\\u", "base: \"\\UFFFFFFFF\"\n"})
    void escapesThatNameNoCharacter(String text) {
        assertThat(faults(text)).singleElement().asString().startsWith("a.yaml").contains("names no character");
    }

    @Test
    void overridesWinAndAreNamedInFaults() throws IOException {
        Example read = read(
                "base: b\nstages: [{epochs: 1}]\n",
                "ppo.kl.target=7",
                "optim.target_modules=[a, b]",
                "ppo.kl={horizon: 20}",
                "stages.0.epochs=4",
                "note=''",
                "base=c");
        assertThat(read.ppo().kl()).isEqualTo(new Example.Kl(Example.Controller.ADAPTIVE_LINEAR, 7.0, 20));
        assertThat(read.optim().targetModules()).containsExactly("a", "b");
        assertThat(read.stages().get(0).epochs()).isEqualTo(4);
        assertThat(read.note()).isEmpty();
        assertThat(read.base()).isEqualTo(Path.of("c"));
        assertThat(faults(
                        "base: b\nstages: [{epochs: 1}]\n",
                        "ppo.kl.target=-6",
                        "optim.step=3",
                        "ppo.lam={a: 1}",
                        "noequals",
                        "note=[",
                        "stages.3.epochs=1",
                        "stages.0.epochs=x"))
                .satisfiesExactlyInAnyOrder(
                        s -> assertThat(s)
                                .isEqualTo("--set ppo.kl.target=-6: must be > 0, was -6.0; adaptive KL needs a target"),
                        s -> assertThat(s).isEqualTo("--set optim.step=3: unknown key; did you mean optim.steps?"),
                        s -> assertThat(s).startsWith("--set ppo.lam={a: 1}: must be a number, was a section"),
                        s -> assertThat(s).startsWith("--set noequals: must have the form key.key=value"),
                        s -> assertThat(s).startsWith("--set note=[: is not readable YAML"),
                        s -> assertThat(s)
                                .isEqualTo(
                                        "--set stages.3.epochs=1: names item 3 of a list; an index is wanted: 0 to 0"),
                        s -> assertThat(s).startsWith("--set stages.0.epochs=x: must be a whole number, was x"));
    }

    @Test
    void overridesAloneMakeARecord() {
        assertThat(ConfigReader.fromOverrides(List.of("base=b", "optim.steps=3"), Example.class)
                        .optim()
                        .steps())
                .isEqualTo(3);
        assertThatThrownBy(() -> ConfigReader.fromOverrides(List.of(), Example.class))
                .hasMessage("settings base: is missing; a path is wanted (Folder of the base)");
    }

    @Test
    void fragmentsAreMergedAndFaultsPointAtThem() throws IOException {
        write("parts/one.yaml", "optim:\n  learning_rate: 1\n  steps: 5\nprompts: p.txt\n");
        write("parts/two.yaml", "extends: [three.yaml]\noptim:\n  steps: 6\n");
        write("parts/three.yaml", "ppo:\n  lam: 0.5\n");
        Example read = read("extends: [parts/one.yaml, parts/two.yaml]\nbase: b\noptim:\n  max_grad_norm: 2\n");
        assertThat(read.optim()).isEqualTo(new Example.Optim(1.0, 6, 2.0, List.of("q_proj", "v_proj")));
        assertThat(read.ppo().lam()).isEqualTo(0.5);
        assertThat(read.prompts()).isEqualTo(folder.resolve("parts/p.txt"));
        assertThat(ConfigReader.topLevelKeys(folder.resolve("a.yaml")))
                .containsExactly("optim", "prompts", "ppo", "base");

        write("parts/three.yaml", "\n\nppo:\n  lam: 2\n");
        assertThat(faults("extends: parts/two.yaml\nbase: b\noptim: {steps: 0}\n"))
                .satisfiesExactlyInAnyOrder(
                        s -> assertThat(s).startsWith("parts/three.yaml:4 ppo.lam: must be"),
                        s -> assertThat(s).startsWith("a.yaml:3 optim.steps: must be"));
    }

    @Test
    void circlesAndMissingFragments() throws IOException {
        write("b.yaml", "extends: a.yaml\n");
        assertThat(faults("base: b\nextends: b.yaml\n"))
                .containsExactly("b.yaml:1 extends: goes in a circle: a.yaml -> b.yaml -> a.yaml; remove one of them");
        // The values that are there are checked all the same; absent ones are not reported.
        assertThat(faults("extends: bb.yaml\noptim: {steps: 0}\n"))
                .satisfiesExactly(
                        s -> assertThat(s).isEqualTo("a.yaml:1 extends: bb.yaml does not exist; did you mean b.yaml?"),
                        s -> assertThat(s).startsWith("a.yaml:2 optim.steps: must be >= 1"));
        assertThat(faults("extends: {a: b}\nbase: b\n"))
                .containsExactly("a.yaml:1 extends: must be a path or a list of paths, was a section with the key a");
    }

    @Test
    void missingFilesNameTheNearest() throws IOException {
        write("quick/sft.yaml", "base: b\n");
        assertThatThrownBy(() -> ConfigReader.read(folder.resolve("quick/stf.yaml"), Example.class))
                .hasMessage(folder + "/quick/stf.yaml: does not exist; did you mean " + folder + "/quick/sft.yaml?");
        assertThatThrownBy(() -> ConfigReader.read(folder.resolve("quack/sft.yaml"), Example.class))
                .hasMessageContaining("does not exist; its folder " + folder + "/quack does not exist either");
        assertThatThrownBy(() -> ConfigReader.read(folder.resolve("quick"), Example.class))
                .hasMessageContaining("quick: is a folder; a YAML file is wanted; its folder holds sft.yaml");
    }

    @Test
    void duplicateKeys() {
        assertThat(faults("base: b\noptim:\n  steps: 3\n  steps: 4\n"))
                .containsExactly("a.yaml:4 optim.steps: the key stands twice, first in line 3; keep one of them");
    }

    @ParameterizedTest
    @ValueSource(strings = {"base: b\noptim:\n\tsteps: 3\n", "base: b\noptim:\n  steps: 3\n\tlam: 4\n"})
    void tabs(String text) {
        assertThat(faults(text))
                .singleElement()
                .asString()
                .contains("a.yaml:")
                .contains("tab")
                .contains("spaces");
    }

    @Test
    void unreadableYaml() {
        assertThat(faults("base: [a, b\noptim: 3\n"))
                .singleElement()
                .asString()
                .startsWith("a.yaml:2: is not readable YAML: ");
        assertThat(faults("base: \"b\n")).singleElement().asString().contains("is not readable YAML");
        assertThat(faults("base: b\n---\nbase: c\n")).singleElement().asString().contains("a second document begins");
        assertThat(faults("")).containsExactly("a.yaml: is empty; keys and values are wanted");
        assertThat(faults("- a\n")).containsExactly("a.yaml:1: must hold keys and values, was a list of 1");
        assertThat(faults("base: b\nnote: \"\u0007\"\n"))
                .containsExactly("a.yaml:2: contains the control character U+0007; remove it");
        assertThat(faults("base: b\nnote: !!java.net.URL x\n"))
                .singleElement()
                .asString()
                .contains("note: ")
                .contains("tag");
        assertThat(faults("base: b\n? [a]\n: b\n")).singleElement().asString().contains("a key is one word");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "note: \"b\\noptim: | the quote opened in line 1 is not closed",
                "base: b\\nppo: {lam: 1\\nnote: c | the bracket opened in line 2 is not closed, or a comma is missing",
                "optim:\\n   steps: 1\\n  lam: 2 | the indentation does not fit the lines above",
                "note: a: b | a second colon stands in the line; put text that holds ': ' in quotes",
                "note: @x | found character '@' that cannot start any token; put text that begins with it in quotes",
            },
            quoteCharacter = '^')
    void faultsOfYamlAreSaidInPlainWords(String text, String message) {
        assertThat(faults(text.replace("\\n", "\n") + "\n"))
                .singleElement()
                .asString()
                .contains("is not readable YAML: " + message);
    }

    @Test
    void textInBracesWantsQuotes() {
        assertThat(faults("base: b\nnote: {prompt}\n"))
                .containsExactly(
                        "a.yaml:2 note: must be text, was a section with the key prompt; put text that begins with {"
                                + " or [ in quotes (A note)");
    }

    @Test
    void aliasesAreReadAndBombsRefused() throws IOException {
        Example read = read("base: b\nstages:\n  - &s {kind: a, epochs: 1}\n  - {<<: *s, kind: b}\n  - *s\n");
        assertThat(read.stages()).extracting(Example.Stage::kind).containsExactly("a", "b", "a");
        StringBuilder bomb = new StringBuilder("base: b\noptions:\n  a0: &a0 [x, x]\n");
        for (int i = 1; i < 25; i++) {
            bomb.append("  a%d: &a%d [*a%d, *a%d]\n".formatted(i, i, i - 1, i - 1));
        }
        assertThat(faults(bomb.toString())).singleElement().asString().contains("more than 20000 values");
        String many = "base: b\noptions:\n  a: &a [x]\n  b: [" + "*a, ".repeat(60) + "*a]\n";
        assertThat(faults(many)).singleElement().asString().contains("aliases");
        assertThat(faults("base: b\noptions: &a\n  b: *a\n"))
                .singleElement()
                .asString()
                .contains("refers to a section that it stands in");
        assertThat(faults("base: " + "[".repeat(100) + "]".repeat(100) + "\n"))
                .singleElement()
                .asString()
                .contains("levels");
    }

    @Test
    void wrongEncodings() throws IOException {
        Path file = folder.resolve("latin.yaml");
        Files.write(file, "base: b\nnote: Müller\n".getBytes(StandardCharsets.ISO_8859_1));
        assertThatThrownBy(() -> ConfigReader.read(file, Example.class))
                .hasMessage(file + ":2: byte 0xFC is not UTF-8; save the file with the encoding UTF-8");
        Files.write(file, "base: b\n".getBytes(StandardCharsets.UTF_16LE));
        assertThatThrownBy(() -> ConfigReader.read(file, Example.class)).hasMessageContaining("UTF-8");
        Files.writeString(file, "\uFEFFbase: b\n");
        assertThat(ConfigReader.read(file, Example.class).base()).isEqualTo(Path.of("b"));
    }

    @Test
    void recordOfATypeThatNoConfigurationHoldsIsADefect() {
        record Wrong(java.util.Date date) {}
        assertThatThrownBy(() -> ConfigReader.fromOverrides(List.of(), Wrong.class))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("Wrong.date");
    }
}
