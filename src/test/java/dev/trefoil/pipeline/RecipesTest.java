package dev.trefoil.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trefoil.UserError;
import dev.trefoil.config.ConfigReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every YAML that comes with the project can be read by what it is for. */
class RecipesTest {

    private static Stream<Path> files(String folder) throws IOException {
        try (Stream<Path> walk = Files.walk(Path.of(folder))) {
            return walk.filter(path -> path.toString().endsWith(".yaml")).sorted().toList().stream();
        }
    }

    static Stream<Path> pipelines() throws IOException {
        return files("pipelines").filter(path -> path.endsWith("pipeline.yaml"));
    }

    static Stream<Path> fragments() throws IOException {
        return files("configs");
    }

    static Stream<Path> all() throws IOException {
        return Stream.concat(files("pipelines"), files("configs"));
    }

    @ParameterizedTest
    @MethodSource("pipelines")
    void pipelines_and_their_scales_load_with_the_files_of_their_stages(Path file) {
        Pipeline plain = Pipeline.load(file, List.of(), null, null);
        List<String> names =
                plain.stages().stream().map(Pipeline.PlannedStage::name).toList();
        assertThat(names).isIn(List.of("sft"), List.of("sft", "reward", "ppo"));
        if (names.contains("ppo")) {
            Pipeline.PlannedStage ppo = plain.stages().get(2);
            assertThat(ppo.loaded().parents().get("sft")).isEqualTo(plain.out().resolve("sft"));
            assertThat(ppo.loaded().parents().get("reward"))
                    .isEqualTo(plain.out().resolve("reward"));
        }
        for (String scale : plain.config().scales().keySet()) {
            Pipeline.load(file, List.of(), scale, Path.of("elsewhere"));
        }
    }

    @ParameterizedTest
    @MethodSource("fragments")
    void fragments_fit_a_stage(Path file) {
        List<StageKind> fitting = new ArrayList<>();
        List<String> faults = new ArrayList<>();
        for (StageKind kind : StageKind.values()) {
            // Nothing but what must be given is added.
            List<String> required = kind == StageKind.PPO
                    ? List.of("data.path=x.jsonl", "reward.model=x")
                    : List.of("data.path=x.jsonl");
            try {
                ConfigReader.read(file, required, kind.configType());
                fitting.add(kind);
            } catch (UserError fault) {
                faults.add(fault.getMessage());
            }
        }
        assertThat(fitting).as(faults.toString()).isNotEmpty();
    }

    @ParameterizedTest
    @MethodSource("all")
    void files_begin_with_what_how_and_how_much(Path file) throws IOException {
        List<String> lines = Files.readAllLines(file);
        assertThat(lines.subList(0, 3)).allMatch(line -> line.startsWith("# "));
        assertThat(lines.get(1)).matches("# (Run|Use): .*");
        assertThat(lines.get(2)).matches("# .*(GiB|[Mm]emory).*");
    }
}
