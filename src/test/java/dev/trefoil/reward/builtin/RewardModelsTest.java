package dev.trefoil.reward.builtin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import dev.trefoil.reward.RewardModel;
import dev.trefoil.reward.RewardSample;
import dev.trefoil.reward.RewardScore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RewardModelsTest {

    private static final Path SHIPPED = Path.of("reward-models");

    @TempDir
    Path folder;

    @Test
    void shipped_models_are_found_by_name() {
        assertThat(RewardModels.in(SHIPPED).names())
                .containsExactly(
                        "http-example",
                        "java-example",
                        "length-penalised-sentiment",
                        "lexicon-sentiment",
                        "llm-judge",
                        "process-example",
                        "vader-process");
    }

    @ParameterizedTest
    @ValueSource(strings = {"lexicon-sentiment", "length-penalised-sentiment", "process-example"})
    void shipped_models_give_their_golden_scores(String name) throws Exception {
        GoldenScores golden = GoldenScores.read(SHIPPED.resolve(name).resolve("golden.jsonl"));
        assertThat(golden.size()).isEqualTo(8);
        try (RewardModel model = RewardModels.in(SHIPPED).open(name)) {
            assertThat(model.name()).isEqualTo(name);
            assertThat(golden.largestError(model)).isLessThan(1e-9);
        }
    }

    @Test
    void the_java_example_compiles_into_a_jar_and_gives_its_golden_scores() throws Exception {
        Path example = SHIPPED.resolve("java-example");
        buildJar(example.resolve("src"));
        Files.copy(example.resolve("reward.yaml"), folder.resolve("reward.yaml"));
        try (RewardModel model = RewardModels.in(SHIPPED).open(folder.toString())) {
            assertThat(GoldenScores.read(example.resolve("golden.jsonl")).largestError(model))
                    .isZero();
        }
    }

    @Test
    void vader_gives_its_golden_scores_where_it_is_installed() throws Exception {
        String python = System.getProperty("trefoil.vaderPython", System.getenv("TREFOIL_VADER_PYTHON"));
        assumeTrue(python != null, "TREFOIL_VADER_PYTHON names no Python that has vaderSentiment");
        Map<String, Object> command = Map.of("command", List.of(python, "score.py"));
        try (RewardModel model = RewardModels.in(SHIPPED).open("vader-process", command)) {
            assertThat(GoldenScores.read(SHIPPED.resolve("vader-process/golden.jsonl"))
                            .largestError(model))
                    .isLessThan(1e-9);
        }
    }

    @Test
    void the_lexicon_negates_strengthens_and_discounts_repeats() {
        Map<String, Object> options = Map.of("words", "words.tsv");
        LexiconReward model = LexiconReward.create("lexicon", options, SHIPPED.resolve("lexicon-sentiment"));
        assertThat(sum(model, "great")).isCloseTo(3, within(1e-9));
        assertThat(sum(model, "It isn’t great")).isCloseTo(-1.8, within(1e-9));
        assertThat(sum(model, "not for me. great")).isCloseTo(3, within(1e-9));
        assertThat(sum(model, "very GREAT")).isCloseTo(3.9, within(1e-9));
        assertThat(sum(model, "great great great")).isCloseTo(3 * (1 + 1 / 2.0 + 1 / 3.0), within(1e-9));
        assertThat(sum(model, "a waste of time")).isCloseTo(-3.5, within(1e-9));
    }

    @Test
    void rules_count_matches_up_to_their_limit() throws Exception {
        Map<String, Object> values = Map.of(
                "kind",
                "rule",
                "rules",
                List.of(
                        Map.of("name", "polite", "pattern", "\\bplease\\b", "score", 0.5, "most", 2),
                        Map.of("name", "shout", "pattern", "!", "score", -1)));
        RewardModel model = RewardModels.in(SHIPPED).open("rules", "here.yaml:3 reward", values, folder);
        RewardScore score = model.score(List.of(RewardSample.of("", "Please, please, please!!")))
                .get(0);
        assertThat(score.score()).isZero();
        assertThat(score.parts()).containsExactly(Map.entry("polite", 1.0), Map.entry("shout", -1.0));
    }

    @Test
    void faults_name_file_key_and_remedy() throws IOException {
        RewardModels models = RewardModels.in(SHIPPED);
        assertFault(() -> models.open("lexicon-sentimnt"), "did you mean 'lexicon-sentiment'?", "vader-process");
        assertYaml("kind: lexcion\n", "reward.yaml: kind: was lexcion; did you mean 'lexicon'?");
        assertYaml("words: x\n", "kind: was null", "process");
        assertYaml("kind: lexicon\nwndow: 3\n", "wndow: unknown key; did you mean 'window'?");
        assertYaml("kind: lexicon\nwindow: many\n", "window: was 'many', a number is wanted");
        assertYaml("kind: lexicon\nscale: 0\n", "scale: was 0, 0.01 to 1000.0 is wanted");
        assertYaml("kind: lexicon\n", "words.tsv", "cannot read the word list");
        assertYaml("kind: process\n", "command: is empty");
        assertYaml("kind: process\ncommand: python3 x\n", "command: was python3 x, a list is wanted");
        assertYaml("kind: java\nfactory: absent\n", "factory: 'absent' was not found", "META-INF/services");
        assertYaml("kind: rule\nrules: [{pattern: '('}]\n", "rules[0].pattern: '('", "regular expression");
        assertYaml("kind: artifact\npath: nowhere\n", "path:", "is no artifact");
        assertYaml("kind: [\n", "is not a YAML map");
        assertYaml("kind: rule\nkind: java\n", "Duplicate");
        assertYaml("", "is empty");
    }

    @Test
    void a_broken_word_list_names_its_line() throws IOException {
        Files.writeString(folder.resolve("words.tsv"), "# list\ngood\t2\nbad -2\n");
        assertYaml("kind: lexicon\n", "words.tsv:3: found 'bad -2'");
        Files.writeString(folder.resolve("words.tsv"), "good\tNaN\n");
        assertYaml("kind: lexicon\n", "words.tsv:1: found the weight 'NaN'");
        Files.writeString(folder.resolve("words.tsv"), "good\t1\nGood\t2\n");
        assertYaml("kind: lexicon\n", "words.tsv:2: 'good' is in the list twice");
    }

    @Test
    void an_artifact_goes_to_the_opener_by_path_and_by_yaml() throws IOException {
        Path artifact = Files.createDirectory(folder.resolve("artifact"));
        Files.writeString(artifact.resolve("manifest.json"), "{}");
        Files.writeString(folder.resolve("reward.yaml"), "kind: artifact\npath: artifact\noptions: {scale: 2}\n");
        RewardModels models = RewardModels.in(SHIPPED, (path, options) -> {
            throw UserError.contract(path.getFileName() + " " + options);
        });
        assertThatThrownBy(() -> models.open(artifact.toString())).hasMessage("artifact {}");
        assertThatThrownBy(() -> models.open(folder.toString())).hasMessage("artifact {scale=2}");
        assertFault(() -> RewardModels.in(SHIPPED).open(artifact.toString()), "needs a base model");
    }

    private void assertYaml(String yaml, String... words) throws IOException {
        Files.writeString(folder.resolve("reward.yaml"), yaml);
        assertFault(() -> RewardModels.in(SHIPPED).open(folder.toString()), words);
    }

    private static void assertFault(org.assertj.core.api.ThrowableAssert.ThrowingCallable call, String... words) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        UserError.class, error -> assertThat(error.code()).isEqualTo(ExitCode.CONFIG_OR_DATA))
                .hasMessageContainingAll(words);
    }

    private static double sum(LexiconReward model, String text) {
        Map<String, Double> parts =
                model.score(List.of(RewardSample.of("", text))).get(0).parts();
        return parts.get("positive") + parts.get("negative");
    }

    private void buildJar(Path source) throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        Path classes = Files.createDirectories(folder.resolve("classes"));
        int status = compiler.run(
                null,
                null,
                null,
                "-cp",
                "target/classes",
                "-d",
                classes.toString(),
                source.resolve("example/CalmEnding.java").toString());
        assertThat(status).isZero();
        try (JarOutputStream jar = new JarOutputStream(Files.newOutputStream(folder.resolve("calm-ending.jar")))) {
            String services = "META-INF/services/dev.trefoil.reward.RewardFactory";
            for (Path root : List.of(classes, source)) {
                for (String name : List.of("example/CalmEnding.class", "example/CalmEnding$Model.class", services)) {
                    if (Files.exists(root.resolve(name))) {
                        jar.putNextEntry(new JarEntry(name));
                        jar.write(Files.readAllBytes(root.resolve(name)));
                    }
                }
            }
        }
    }
}
