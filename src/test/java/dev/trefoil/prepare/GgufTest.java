package dev.trefoil.prepare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trefoil.UserError;
import dev.trefoil.gguf.GgufMetadata;
import dev.trefoil.quant.BaseConfig;
import dev.trefoil.quant.Precision;
import dev.trefoil.quant.RopeScaling;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GgufTest {

    @TempDir
    Path folder;

    private final TinyLlama model = new TinyLlama(2);

    private BaseConfig prepare(TinyGguf file) throws IOException {
        PrepareOptions options = new PrepareOptions(Precision.FP32, PrepareOptions.Embeddings.AUTO, true);
        Path source = file.write(folder.resolve("model.gguf"));
        return Prepare.run(source, folder.resolve("out"), options, PrepareProgress.silent())
                .config();
    }

    private void assertRefused(TinyGguf file, String... wanted) {
        assertThatThrownBy(() -> prepare(file))
                .isInstanceOf(UserError.class)
                .satisfies(error ->
                        assertThat(error.getMessage()).contains("model.gguf").contains(wanted));
    }

    @Test
    void readsRopeScaling() throws IOException {
        assertThat(prepare(model.gguf(0)).switches().ropeScaling()).isEqualTo(RopeScaling.none());
        TinyGguf linear = model.gguf(0)
                .text("llama.rope.scaling.type", "linear")
                .float32("llama.rope.scaling.factor", 4)
                .float32("llama.rope.freq_base", 5e5f);
        assertThat(prepare(linear).switches().ropeScaling()).isEqualTo(RopeScaling.linear(4));
        assertRefused(model.gguf(0).text("llama.rope.scaling.type", "longrope"), "longrope");
        assertRefused(model.gguf(0).text("llama.rope.scaling.type", "yarn"), "original_context_length");
        TinyGguf yarn = model.gguf(0)
                .text("llama.rope.scaling.type", "yarn")
                .float32("llama.rope.scaling.factor", 4)
                .uint32("llama.rope.scaling.original_context_length", 16);
        assertThat(prepare(yarn).switches().ropeScaling())
                .isEqualTo(RopeScaling.yarn(4, 1, 32, 16, 0.1 * Math.log(4) + 1));
        double[] plain = RopeScaling.none().inverseFrequencies(10000, 8);
        double[] scaled = RopeScaling.llama3(8, 1, 4, 512).inverseFrequencies(10000, 8);
        float[] divisors = new float[4];
        for (int i = 0; i < 4; i++) {
            divisors[i] = (float) (plain[i] / scaled[i]);
        }
        BaseConfig llama3 = prepare(model.gguf(0).tensor("rope_freqs.weight", 0, divisors, 4));
        assertThat(llama3.switches().ropeScaling().inverseFrequencies(10000, 8)).containsExactly(scaled, within());
        divisors[0] = 3;
        assertRefused(model.gguf(0).tensor("rope_freqs.weight", 0, divisors, 4), "rope_freqs");
    }

    private static Offset<Double> within() {
        return Offset.offset(1e-9);
    }

    @Test
    void namesWhatIsNotSupported() {
        assertRefused(new TinyGguf().text("general.architecture", "mamba"), "mamba", "llama");
        assertRefused(new TinyGguf().uint32("general.architecture", 3), "general.architecture");
        assertRefused(new TinyGguf().text("general.architecture", "llama"), "token_embd.weight");
        assertRefused(model.gguf(0).uint32("llama.expert_count", 8), "experts");
        assertRefused(model.gguf(0).tensor("blk.0.attn_q_norm.weight", 0, new float[8], 8), "attn_q_norm");
        assertRefused(model.gguf(0).tensor("x", 16, new float[256], 256), "IQ2_XXS");
        assertRefused(model.gguf(0).text("tokenizer.ggml.model", "bert"), "bert");
        assertRefused(model.gguf(0).text("llama.block_count", "2"), "llama.block_count");
        assertRefused(model.gguf(0).tensor("blk.0.ffn_up.weight", 0, new float[8], 8), "twice");
    }

    @Test
    void acceptsEqualHeadCountsAsAList() throws IOException {
        TinyGguf file = model.gguf(0);
        assertThat(new GgufMetadata(folder, Map.of("k", List.of(3L, 3L))).size("k"))
                .isEqualTo(3);
        assertThatThrownBy(() -> new GgufMetadata(folder, Map.of("k", List.of(3L, 4L))).size("k"))
                .isInstanceOf(UserError.class);
        assertThat(prepare(file).shape().kvHeads()).isEqualTo(2);
    }

    /** A cut or a changed byte anywhere either reads or is refused in words; nothing else comes out. */
    @Test
    void survivesRandomDamage() throws IOException {
        byte[] whole = model.gguf(8).text("tokenizer.ggml.model", "none").bytes();
        Path file = folder.resolve("model.gguf");
        Random random = new Random(5);
        int headerBytes = 2500;
        for (int round = 0; round < 400; round++) {
            byte[] damaged = whole.clone();
            if (round % 4 == 0) {
                damaged = Arrays.copyOf(damaged, random.nextInt(whole.length));
            } else {
                damaged[random.nextInt(headerBytes)] = (byte) random.nextInt();
            }
            Files.write(file, damaged);
            try (GgufOrigin origin = GgufOrigin.open(file)) {
                origin.check(BaseConfig.draft(
                        origin.blueprint(),
                        Precision.INT8,
                        Precision.BF16,
                        new BaseConfig.Source("gguf", "", "", Map.of())));
            } catch (UserError refused) {
                assertThat(refused.getMessage()).contains("model.gguf");
            }
        }
    }
}
