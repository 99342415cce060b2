package dev.trefoil.stage.sft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trefoil.UserError;
import dev.trefoil.config.ConfigReader;
import dev.trefoil.config.ConfigWriter;
import dev.trefoil.token.PackingConfig;
import dev.trefoil.train.OptimConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SftConfigTest {

    /** One stream of reviews cut into 400 rows of 512 that are attended as a whole, each seen once. */
    private static final String STREAM = """
            seed: 1
            engine: {compute: bf16}
            lora: {r: 16, alpha: 32, dropout: 0.05, target_modules: all-linear}
            optim: {learning_rate: 2e-4, schedule: cosine, warmup_steps: 10, max_grad_norm: 1.0}
            data:
              path: imdb_train.jsonl
              replace:
                - {from: "<br />", to: "\\n"}
            packing: {mode: concat, length: 512, boundaries: attend, eos: true, rows: 400}
            eval:
              data:
                path: imdb_test.jsonl
                limit: 200
                replace:
                  - {from: "<br />", to: "\\n"}
            train: {batch_size: 4, epochs: 1, logging_steps: 5, eval_steps: 50, save_steps: 25}
            """;

    @TempDir
    private Path folder;

    private SftConfig read(String yaml) throws IOException {
        return ConfigReader.read(Files.writeString(folder.resolve("sft.yaml"), yaml), SftConfig.class);
    }

    @Test
    void a_stream_without_boundaries_can_be_asked_for() throws IOException {
        SftConfig config = read(STREAM);
        assertThat(config.packing().boundaries()).isEqualTo(PackingConfig.Boundaries.ATTEND);
        assertThat(config.packing().rows()).isEqualTo(400);
        assertThat(config.optim().schedule()).isEqualTo(OptimConfig.Course.COSINE);
        assertThat(config.optim().schedule(100).rate(10)).isEqualTo(2e-4);
        assertThat(config.data().replace().get(0).to()).isEqualTo("\n");
        assertThat(config.eval().data().limit()).isEqualTo(200);
        assertThat(config.eval().keepBest()).isTrue();
    }

    @Test
    void the_resolved_file_reads_back_to_the_same_settings() throws IOException {
        SftConfig config = read(STREAM);
        assertThat(read(ConfigWriter.toYaml(config))).isEqualTo(config);
    }

    @Test
    void patience_needs_evaluation_data() {
        assertThatThrownBy(() -> read("data: {path: a.jsonl}\neval: {patience: 2}\n"))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("eval.patience");
    }

    @Test
    void data_is_required() {
        assertThatThrownBy(() -> read("seed: 3\n"))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("data.path");
    }
}
