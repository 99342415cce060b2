package dev.trefoil.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.trefoil.QuickstartBase;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every work on the embedded base, in shapes that take milliseconds. */
class BenchCommandTest {

    private static final List<String> SHAPES = List.of(
            "sft.batch_size=2",
            "sft.length=16",
            "reward.pairs=2",
            "reward.length=12",
            "ppo.batch_size=4",
            "ppo.mini_batch_size=2",
            "ppo.prompt_tokens=3",
            "ppo.new_tokens=5",
            "ppo.epochs=2",
            "generate.batch_sizes=[1, 3]",
            "generate.prompt_tokens=4",
            "generate.new_tokens=6",
            "prefill.batch_size=2",
            "prefill.length=10");

    @TempDir
    private static Path folder;

    private static Path base;

    @BeforeAll
    static void prepare() {
        base = QuickstartBase.prepare(folder);
    }

    private static CommandLineRun bench(String... rest) {
        List<String> arguments = new ArrayList<>(List.of("bench", "--base", base.toString()));
        SHAPES.forEach(shape -> arguments.addAll(List.of("--set", shape)));
        arguments.addAll(List.of(rest));
        return CommandLineRun.of(arguments.toArray(String[]::new));
    }

    @Test
    void each_work_gives_its_figures_as_one_line_of_json() throws Exception {
        long before = scratchFolders();
        CommandLineRun run = bench("all", "--json", "--warmup", "1", "--repeats", "2");
        assertThat(run.code()).as(run.err()).isZero();
        List<JsonNode> found = new ArrayList<>();
        for (String line : run.out().lines().toList()) {
            found.add(JsonMapper.builder().build().readTree(line));
        }
        assertThat(found)
                .extracting(
                        one -> one.path("work").asText(),
                        one -> one.path("tokens").asInt())
                .containsExactly(
                        tuple("sft", 2 * 16),
                        tuple("reward", 2 * 2 * 12),
                        tuple("ppo", 4 * 5),
                        tuple("generate", 6),
                        tuple("generate", 3 * 6),
                        tuple("prefill", 2 * 10));
        assertThat(found).allSatisfy(BenchCommandTest::isSound);
        assertThat(scratchFolders()).isEqualTo(before);
    }

    private static void isSound(JsonNode one) {
        double best = one.path("best_s").asDouble();
        double median = one.path("median_s").asDouble();
        assertThat(one.path("seconds")).hasSize(2);
        assertThat(best).isPositive();
        assertThat(median).isBetween(best, one.path("worst_s").asDouble());
        assertThat(one.path("tokens_per_s").asDouble())
                .isEqualTo(one.path("tokens").asDouble() / median);
        assertThat(one.path("threads").asInt()).isPositive();
        assertThat(one.path("versions").path("pytorch").asText()).isNotEmpty();
        if (Files.isReadable(Path.of("/proc/self/status"))) {
            long peak = one.path("peak_bytes").asLong();
            assertThat(one.path("peak_own_bytes").asLong()).isPositive().isLessThan(peak);
            assertThat(one.path("peak_file_bytes").asLong()).isPositive().isLessThan(peak);
        }
        if (one.path("work").asText().equals("ppo")) {
            double parts = 0;
            for (JsonNode part : one.path("median_parts_s")) {
                parts += part.asDouble();
            }
            assertThat(parts).isPositive().isLessThan(2 * one.path("worst_s").asDouble());
        }
    }

    private static long scratchFolders() throws Exception {
        try (Stream<Path> all = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            return all.filter(path -> path.getFileName().toString().startsWith("trefoil-bench-"))
                    .count();
        }
    }

    @Test
    void a_ppo_step_can_be_scored_by_a_reward_model_over_the_same_base() throws Exception {
        CommandLineRun run =
                bench("ppo", "--json", "--warmup", "0", "--repeats", "1", "--set", "ppo.reward_model=true");
        assertThat(run.code()).as(run.err()).isZero();
        JsonNode found = JsonMapper.builder().build().readTree(run.out());
        assertThat(found.path("shape").path("reward_model").asBoolean()).isTrue();
        assertThat(found.path("median_s").asDouble()).isPositive();
    }

    @Test
    void people_get_a_table_with_the_base_below() {
        CommandLineRun run = bench("generate", "prefill", "--warmup", "0", "--repeats", "1");
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out().lines().toList())
                .hasSize(6)
                .anySatisfy(line -> assertThat(line).startsWith("generate").contains("3 x (4 + 6) tokens"))
                .anySatisfy(line -> assertThat(line).startsWith("prefill").contains("2 x 10"))
                .anySatisfy(line -> assertThat(line).contains(base.toString(), "INT8", "PyTorch"));
    }

    @Test
    void what_cannot_be_measured_is_said() {
        CommandLineRun work = bench("sfd");
        assertThat(work.code()).isEqualTo(2);
        assertThat(work.err()).contains("sfd", "sft");
        CommandLineRun shape = bench("sft", "--set", "sft.lenght=3");
        assertThat(shape.code()).isEqualTo(3);
        assertThat(shape.err()).contains("sft.lenght", "length");
        CommandLineRun length = bench("prefill", "--set", "prefill.length=100000");
        assertThat(length.code()).isEqualTo(3);
        assertThat(length.err()).contains("prefill.length", "context");
        CommandLineRun batches = bench("ppo", "--set", "ppo.mini_batch_size=3");
        assertThat(batches.code()).isEqualTo(3);
        assertThat(batches.err()).contains("mini_batch_size");
        assertThat(bench("sft", "--repeats", "0").code()).isEqualTo(3);
    }
}
