package dev.trefoil.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trefoil.UserError;
import dev.trefoil.config.ConfigReader;
import dev.trefoil.prepare.Prepare;
import dev.trefoil.prepare.PrepareOptions;
import dev.trefoil.prepare.PrepareProgress;
import dev.trefoil.prepare.RandomModel;
import dev.trefoil.quant.Precision;
import dev.trefoil.stage.pretrain.PretrainConfig;
import dev.trefoil.stage.pretrain.PretrainStage;
import dev.trefoil.train.RunFolder;
import dev.trefoil.train.StageContext;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The scale {@code tiny} of the recipes for large models runs on random weights of their family, with files of the project alone. */
class TinyScalesTest {

    @TempDir
    Path folder;

    private static final PrintStream NOWHERE = new PrintStream(OutputStream.nullOutputStream());

    @ParameterizedTest
    @ValueSource(strings = {"stackllama", "sentiment-neox", "better-call-bloom", "bloom-dialogue"})
    void runs_all_stages(String recipe) {
        Path file = Path.of("pipelines", recipe, "pipeline.yaml");
        List<String> base = List.of("bases.tiny.base=" + folder.resolve("base"));
        Pipeline pipeline = Pipeline.load(file, base, "tiny", folder.resolve("run"));
        List<PipelineRun.Finished> finished = PipelineRun.run(pipeline, PipelineRun.Options.defaults(), NOWHERE);
        assertThat(finished).hasSameSizeAs(pipeline.stages());
        assertThat(finished.get(0).result().metrics()).containsKey("eval_loss");
        for (Pipeline.PlannedStage stage : pipeline.stages()) {
            assertThat(stage.artifact().resolve("adapter/adapter_model.safetensors"))
                    .exists();
        }
    }

    @Test
    void the_language_model_from_scratch_trains() {
        PretrainConfig config = ConfigReader.read(
                Path.of("pipelines/codeparrot-small/pretrain-tiny.yaml"), List.of(), PretrainConfig.class);
        Path out = folder.resolve("model");
        StageContext context = StageContext.of(new RunFolder(out), NOWHERE, false);
        assertThat(new PretrainStage().run(context, config, out).metrics().get("loss"))
                .isBetween(1.0, 8.0);
        PrepareOptions options = PrepareOptions.of(Precision.INT8);
        assertThat(Prepare.run(out, folder.resolve("base"), options, PrepareProgress.silent())
                        .config()
                        .family())
                .isEqualTo("gpt2");
        PretrainConfig full =
                ConfigReader.read(Path.of("pipelines/codeparrot-small/pretrain.yaml"), List.of(), PretrainConfig.class);
        assertThat(full.batchSize() * full.gradientAccumulation()).isEqualTo(256);
        assertThat(full.model())
                .isEqualTo(new PretrainConfig.Model(PretrainConfig.Family.GPT2, 768, 12, 12, 12, 3072, 128));
    }

    @Test
    void a_scale_has_a_base_of_its_own_unless_another_is_asked_for() {
        Path file = Path.of("pipelines/stackllama/pipeline.yaml");
        assertThat(Pipeline.load(file, List.of(), "full", null).base()).isEqualTo(Path.of("bases/llama-7b-int8"));
        assertThat(Pipeline.load(file, List.of(), "small", null).base()).isEqualTo(Path.of("bases/smollm2-135m-int8"));
        assertThat(Pipeline.load(file, List.of("base=mine"), "small", null).base())
                .isEqualTo(Path.of("mine"));
    }

    @Test
    void random_models_are_small_and_the_same_each_time() throws IOException {
        Path config = Path.of("pipelines/stackllama/tiny.json");
        PrepareOptions options = PrepareOptions.of(Precision.INT8);
        String first = RandomModel.prepare(config, 1, folder.resolve("a"), options)
                .config()
                .baseHash();
        assertThat(RandomModel.prepare(config, 1, folder.resolve("b"), options)
                        .config()
                        .baseHash())
                .isEqualTo(first);
        assertThat(RandomModel.prepare(config, 2, folder.resolve("c"), options)
                        .config()
                        .baseHash())
                .isNotEqualTo(first);
        try (Stream<Path> made = Files.list(folder)) {
            assertThat(made).hasSize(3);
        }
        Path large = Files.writeString(
                folder.resolve("large.json"),
                Files.readString(config).replace("\"hidden_size\": 32", "\"hidden_size\": 32768"));
        assertThatThrownBy(() -> RandomModel.prepare(large, 1, folder.resolve("d"), options))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("wanted at most 20000000");
        assertThat(folder.resolve("d")).doesNotExist();
    }
}
