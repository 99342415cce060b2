package dev.trefoil.prepare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trefoil.UserError;
import dev.trefoil.artifact.SafeTensorsFile;
import dev.trefoil.artifact.SafeTensorsWriter;
import dev.trefoil.artifact.SafeTensorsWriter.Tensor;
import dev.trefoil.quant.BaseConfig;
import dev.trefoil.quant.BaseStore;
import dev.trefoil.quant.Precision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PrepareTest {

    @TempDir
    Path folder;

    private final TinyLlama model = new TinyLlama(1);

    private PrepareResult prepare(Path source, String out, Precision precision) {
        return Prepare.run(source, folder.resolve(out), PrepareOptions.of(precision), PrepareProgress.silent());
    }

    @Test
    void fusesTheProjectionsInOrder() throws IOException {
        Path source = model.write(folder.resolve("hf"));
        Files.writeString(source.resolve("tokenizer.json"), "{}");
        Files.writeString(source.resolve("chat_template.jinja"), "x");
        AtomicLong written = new AtomicLong();
        PrepareResult result =
                Prepare.run(source, folder.resolve("out"), PrepareOptions.of(Precision.FP32), (phase, done, total) -> {
                    assertThat(done).isLessThanOrEqualTo(total);
                    written.set(done);
                });
        assertThat(written.get()).isPositive();
        assertThat(result.hasTokenizer()).isTrue();
        assertThat(result.folder().resolve("config.json")).hasContent(TinyLlama.CONFIG);
        assertThat(result.folder().resolve("chat_template.jinja")).exists();
        assertThat(result.config().tokenizerHash()).hasSize(64);
        assertThat(result.config().source().files()).containsOnlyKeys("config.json", "model.safetensors");
        try (BaseStore store = BaseStore.open(result.folder())) {
            String layer = "model.layers.1.";
            assertThat(store.floats("layers.1.qkv.weight", 0, 32))
                    .isEqualTo(model.values(layer + "self_attn.q_proj.weight"));
            assertThat(store.floats("layers.1.qkv.weight", 32, 16))
                    .isEqualTo(model.values(layer + "self_attn.k_proj.weight"));
            assertThat(store.floats("layers.1.qkv.weight", 48, 16))
                    .isEqualTo(model.values(layer + "self_attn.v_proj.weight"));
            assertThat(store.floats("layers.1.up.weight", 0, 64))
                    .isEqualTo(model.values(layer + "mlp.gate_proj.weight"));
            assertThat(store.floats("layers.1.up.weight", 64, 64))
                    .isEqualTo(model.values(layer + "mlp.up_proj.weight"));
            assertThat(store.floats("layers.0.norm2.weight"))
                    .isEqualTo(model.values("model.layers.0.post_attention_layernorm.weight"));
            assertThat(store.floats("head.weight")).isEqualTo(model.values("lm_head.weight"));
        }
    }

    /** The weights are exact in each format, so all of them must give the very same base. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 8, 30})
    void ggufGivesTheSameBaseAsTheFolder(int format) throws IOException {
        BaseConfig wanted =
                prepare(model.write(folder.resolve("hf")), "a", Precision.INT8).config();
        Path file = model.gguf(format).write(folder.resolve("model.gguf"));
        PrepareResult found = prepare(file, "b", Precision.INT8);
        assertThat(found.config().shards()).isEqualTo(wanted.shards());
        assertThat(found.config().baseHash()).isEqualTo(wanted.baseHash());
        assertThat(found.hasTokenizer()).isFalse();
    }

    @Test
    void shardsAndBareNamesGiveTheSameBase() throws IOException {
        BaseConfig wanted =
                prepare(model.write(folder.resolve("hf")), "a", Precision.BF16).config();
        Path sharded = Files.createDirectory(folder.resolve("sharded"));
        Files.writeString(sharded.resolve("config.json"), TinyLlama.CONFIG);
        Map<String, Map<String, Tensor>> files = new LinkedHashMap<>();
        StringBuilder index = new StringBuilder("{\"weight_map\": {\"x\": \"model-1.safetensors\"");
        int i = 0;
        for (var entry : model.tensors().entrySet()) {
            String file = "model-" + (i++ % 2) + ".safetensors";
            String name = entry.getKey().replace("model.", "");
            files.computeIfAbsent(file, key -> new LinkedHashMap<>()).put(name, entry.getValue());
            index.append(", \"").append(name).append("\": \"").append(file).append('"');
        }
        files.get("model-0.safetensors").put("layers.0.self_attn.rotary_emb.inv_freq", Tensor.of(new float[4], 4));
        for (var file : files.entrySet()) {
            SafeTensorsWriter.write(sharded.resolve(file.getKey()), file.getValue());
        }
        Path indexFile = sharded.resolve("model.safetensors.index.json");
        Files.writeString(indexFile, index + "}}");
        PrepareResult found = prepare(sharded, "b", Precision.BF16);
        assertThat(found.config().baseHash()).isEqualTo(wanted.baseHash());
        assertThat(found.ignored()).containsExactly("model.layers.0.self_attn.rotary_emb.inv_freq");
        Files.writeString(indexFile, "{\"weight_map\": {\"x\": \"../hf/model.safetensors\"}}");
        assertRefused(sharded, "plain");
        Files.writeString(indexFile, "{\"weight_map\": {\"x\": \"model-7.safetensors\"}}");
        assertRefused(sharded, "model-7.safetensors");
        Files.writeString(indexFile, "{}");
        assertRefused(sharded, "weight_map");
    }

    @Test
    void tiedModelsNeedNoHead() throws IOException {
        String tied = TinyLlama.CONFIG.replace("\"tie_word_embeddings\": false", "\"tie_word_embeddings\": true");
        PrepareResult result = prepare(model.write(folder.resolve("hf"), tied), "a", Precision.INT8);
        assertThat(result.ignored()).containsExactly("lm_head.weight");
        try (BaseStore store = BaseStore.open(result.folder())) {
            assertThat(store.has("head.weight")).isFalse();
            assertThat(store.info("embed.weight").dtype()).isEqualTo("BF16");
            assertThat(store.info("layers.0.qkv.weight").dtype()).isEqualTo("I8");
        }
    }

    private void assertRefused(Path source, String... wanted) {
        Path out = folder.resolve("refused");
        assertThatThrownBy(() -> prepare(source, "refused", Precision.INT8))
                .isInstanceOf(UserError.class)
                .satisfies(error -> assertThat(error.getMessage()).contains(wanted));
        assertThat(out).doesNotExist();
        assertThat(folder.resolve(".refused.partial")).doesNotExist();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"vocab_size\": 40 | \"vocab_size\": 41 | model.embed_tokens.weight",
                "\"num_hidden_layers\": 2 | \"num_hidden_layers\": 3 | model.layers.2",
                "\"num_hidden_layers\": 2 | \"num_hidden_layers\": 1 | model.layers.1",
                "\"num_key_value_heads\": 2 | \"num_key_value_heads\": 3 | kvHeads",
                "\"model_type\": \"llama\" | \"model_type\": \"rwkv\" | rwkv",
                "\"model_type\": \"llama\", | | model_type",
                "\"hidden_size\": 32, | | hidden_size",
                "{ | | JSON",
            })
    void namesWhatDoesNotFitTheConfiguration(String from, String to, String wanted) throws IOException {
        String config = TinyLlama.CONFIG.replace(from, to == null ? "" : to);
        assertRefused(model.write(folder.resolve("hf"), config), wanted, folder.toString());
    }

    @Test
    void refusesWhatIsNoCheckpoint() throws IOException {
        assertRefused(folder.resolve("none"), "no such folder");
        Path empty = Files.createDirectory(folder.resolve("empty"));
        assertRefused(empty, "config.json");
        Files.writeString(empty.resolve("config.json"), TinyLlama.CONFIG);
        assertRefused(empty, "model.safetensors");
        Files.writeString(empty.resolve("pytorch_model.bin"), "x");
        assertRefused(empty, "pytorch_model.bin", "save_pretrained");
        Path many = Files.createDirectories(folder.resolve("many"));
        Files.copy(empty.resolve("config.json"), many.resolve("config.json"));
        Files.writeString(many.resolve("pytorch_model.bin.index.json"), "{\"weight_map\": {}}");
        Files.writeString(many.resolve("pytorch_model-00001-of-00002.bin"), "x");
        assertRefused(many, "pytorch_model-00001-of-00002.bin", "pickle", "save_pretrained");
        assertRefused(empty.resolve("pytorch_model.bin"), "folder");
        Path text = Files.writeString(folder.resolve("text.gguf"), "no model");
        assertRefused(text, "GGUF");
        Path source = model.write(folder.resolve("hf"));
        byte[] whole = Files.readAllBytes(source.resolve("model.safetensors"));
        Files.write(source.resolve("model.safetensors"), Arrays.copyOf(whole, whole.length - 5));
        assertRefused(source, "truncated");
        model.tensors().put("model.layers.0.self_attn.q_norm.weight", Tensor.of(new float[8], 8));
        assertRefused(model.write(folder.resolve("hf")), "q_norm");
    }

    @Test
    void keepsAnExistingFolder() throws IOException {
        Path source = model.write(folder.resolve("hf"));
        prepare(source, "out", Precision.INT8);
        assertThatThrownBy(() -> prepare(source, "out", Precision.INT8))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("--overwrite");
        PrepareOptions replace = new PrepareOptions(Precision.FP32, PrepareOptions.Embeddings.BF16, true);
        BaseConfig config = Prepare.run(source, folder.resolve("out"), replace, PrepareProgress.silent())
                .config();
        assertThat(BaseConfig.read(folder.resolve("out"))).isEqualTo(config);
        assertThat(config.embeddings()).isEqualTo(Precision.BF16);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "arch_llama_gqa",
                "arch_llama_mha_bf16",
                "arch_llama_tied_linear_rope",
                "arch_llama3_rope_sharded",
                "arch_llama_outliers"
            })
    void preparesTheOraclesModels(String name) {
        String shared = Optional.ofNullable(System.getenv("TREFOIL_SHARED")).orElse("../shared");
        Path source = Path.of(shared, "oracle/golden", name, "model");
        Assumptions.assumeTrue(Files.isDirectory(source), "oracle model " + name + " is not here");
        PrepareResult result = prepare(source, "out", Precision.FP32);
        try (BaseStore store = BaseStore.open(result.folder())) {
            store.verifyHashes();
            Path single = source.resolve("model.safetensors");
            if (Files.exists(single)) {
                try (SafeTensorsFile file = SafeTensorsFile.open(single)) {
                    float[] query = file.floats("model.layers.1.self_attn.q_proj.weight");
                    int rows = store.config().shape().queryRows();
                    assertThat(store.floats("layers.1.qkv.weight", 0, rows)).isEqualTo(query);
                }
            }
        }
    }
}
