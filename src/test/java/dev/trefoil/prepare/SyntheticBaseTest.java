package dev.trefoil.prepare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trefoil.UserError;
import dev.trefoil.family.Family;
import dev.trefoil.quant.BaseConfig;
import dev.trefoil.quant.BaseStore;
import dev.trefoil.quant.Precision;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SyntheticBaseTest {

    /** Parameters as the models' publishers count them; BLOOM's and LLaMA-3.2's embedding is the head too. */
    @ParameterizedTest
    @CsvSource({"gpt-neox-20b, 20554567680", "llama-7b, 6738415616", "bloom-3b, 3002557440", "llama-3.2-1b, 1235814400"
    })
    void shapes_have_the_published_number_of_parameters(String name, long parameters) {
        PublishedShape shape = PublishedShape.of(name);
        Family family = Family.of(shape.modelType());
        BaseConfig config = BaseConfig.draft(
                family.blueprint(shape.config(), name),
                Precision.INT8,
                Precision.BF16,
                new BaseConfig.Source("synthetic", name, "", Map.of()));
        long found = family.parts(config).values().stream()
                .flatMap(List::stream)
                .mapToLong(part -> (long) part.rows() * part.columns())
                .sum();
        assertThat(found).isEqualTo(parameters);
    }

    @Test
    void rows_are_even_symmetric_and_the_same_in_each_reading() {
        RandomRows rows = new RandomRows(7, "layers.0.up.weight", 40, 1003, 0.5);
        byte[] codes = new byte[40 * 1003];
        float[] absmax = new float[40];
        rows.readQuantised(0, 40, codes, 0, absmax, 0);
        double sum = 0;
        double squares = 0;
        int[] seen = new int[256];
        for (byte code : codes) {
            seen[code + 128]++;
            double value = code * absmax[0] / 127;
            sum += value;
            squares += value * value;
        }
        assertThat(seen[0]).as("-128").isZero();
        assertThat(seen[255]).as("127").isPositive();
        assertThat(sum / codes.length).isBetween(-0.02, 0.02);
        assertThat(Math.sqrt(squares / codes.length)).isBetween(0.49, 0.51);

        byte[] part = new byte[2 * 1003];
        rows.readQuantised(17, 2, part, 0, new float[2], 0);
        assertThat(part).isEqualTo(Arrays.copyOfRange(codes, 17 * 1003, 19 * 1003));
        float[] floats = new float[1003];
        rows.read(17, 1, floats);
        assertThat(floats[1002]).isEqualTo(codes[17 * 1003 + 1002] * (absmax[17] / 127));
        assertThat(new RandomRows(7, "layers.1.up.weight", 1, 1003, 0.5)).satisfies(other -> {
            byte[] others = new byte[1003];
            other.readQuantised(0, 1, others, 0, new float[1], 0);
            assertThat(others).isNotEqualTo(Arrays.copyOf(codes, 1003));
        });
    }

    @Test
    void refuses_what_the_disk_cannot_hold_and_leaves_nothing(@TempDir Path folder) throws Exception {
        PrepareOptions options = PrepareOptions.defaults();
        assertThatThrownBy(() -> SyntheticBase.prepare(
                        "gpt-neox-20b", 4096, 1, folder.resolve("a"), options, PrepareProgress.silent()))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("MiB free, wanted")
                .hasMessageContaining("choose another --out");
        assertThatThrownBy(() -> SyntheticBase.prepare(
                        "gpt-neox", null, 1, folder.resolve("a"), options, PrepareProgress.silent()))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("gpt-neox-20b, llama-7b");
        try (var entries = Files.list(folder)) {
            assertThat(entries).isEmpty();
        }
    }

    @Test
    void writes_a_store_that_opens(@TempDir Path folder) {
        PublishedShape shape = PublishedShape.of("gpt-neox-20b").withLayers(1);
        shape.config().put("hidden_size", 64).put("num_attention_heads", 4).put("intermediate_size", 128);
        shape.config().put("vocab_size", 300).put("max_position_embeddings", 32);
        PrepareResult made = SyntheticBase.prepare(
                shape, 1, folder.resolve("a"), PrepareOptions.defaults(), PrepareProgress.silent());
        PrepareResult again = SyntheticBase.prepare(
                shape, 1, folder.resolve("b"), PrepareOptions.defaults(), PrepareProgress.silent());
        PrepareResult other = SyntheticBase.prepare(
                shape, 2, folder.resolve("c"), PrepareOptions.defaults(), PrepareProgress.silent());
        assertThat(again.config().baseHash()).isEqualTo(made.config().baseHash());
        assertThat(other.config().baseHash()).isNotEqualTo(made.config().baseHash());
        try (BaseStore store = BaseStore.open(made.folder())) {
            store.verifyHashes();
            float[] norm = store.floats("layers.0.norm1.weight");
            assertThat(norm).contains(1f, 8f);
            assertThat(store.floats("final_norm.weight")).containsOnly(1f);
            double squares = 0;
            float[] up = store.floats("layers.0.up.weight");
            for (float value : up) {
                squares += value * value;
            }
            assertThat(Math.sqrt(squares / up.length)).isBetween(0.122, 0.128);
        }
        assertThat(made.folder().resolve("tokenizer.json")).exists();
        assertThat(made.folder().resolve("config.json")).exists();
    }
}
