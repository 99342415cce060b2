package dev.trefoil.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trefoil.TinyBase;
import dev.trefoil.UserError;
import dev.trefoil.adapter.LoraAdapter;
import dev.trefoil.adapter.LoraConfig;
import dev.trefoil.adapter.PeftFiles;
import dev.trefoil.adapter.SavedModule;
import dev.trefoil.adapter.TargetModules;
import dev.trefoil.adapter.TaskType;
import dev.trefoil.gguf.GgufFile;
import dev.trefoil.gguf.GgufFormat;
import dev.trefoil.merge.Merge;
import dev.trefoil.merge.MergeOptions;
import dev.trefoil.prepare.Prepare;
import dev.trefoil.prepare.PrepareOptions;
import dev.trefoil.prepare.PrepareProgress;
import dev.trefoil.prepare.PublishedCheckpoint;
import dev.trefoil.quant.BaseStore;
import dev.trefoil.quant.Precision;
import dev.trefoil.token.Tokenizer;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExportTest {

    @TempDir
    private Path folder;

    private static Path golden(String name) {
        String shared =
                System.getProperty("trefoil.shared", System.getenv().getOrDefault("TREFOIL_SHARED", "../shared"));
        return Stream.of(Path.of("src/test/resources/golden"), Path.of(shared, "oracle", "golden"))
                .map(place -> place.resolve(name))
                .filter(Files::isDirectory)
                .findFirst()
                .orElseThrow(() -> Assumptions.<RuntimeException>abort("no case " + name));
    }

    private Path export(Path model, String name, GgufFormat format) {
        Path file = folder.resolve(name);
        Export.model(model, file, format, PrepareProgress.silent());
        return file;
    }

    private Path prepare(Path source, String name) {
        return Prepare.run(source, folder.resolve(name), PrepareOptions.of(Precision.FP32), PrepareProgress.silent())
                .folder();
    }

    /** A base from the GGUF file is the base from the folder. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "arch_llama_gqa",
                "arch_llama_tied_linear_rope",
                "arch_llama3_rope_sharded",
                "arch_llama_yarn",
                "arch_gpt2",
                "arch_gpt_neox",
                "arch_gpt_neox_sequential_fp16",
                "arch_bloom"
            })
    void comesBackAsItWas(String name) {
        Path model = golden(name).resolve("model");
        Path published = prepare(model, "published");
        Path exported = prepare(export(model, "model.gguf", GgufFormat.F32), "exported");
        try (BaseStore wanted = BaseStore.open(published);
                BaseStore found = BaseStore.open(exported)) {
            assertThat(found.config().shape()).isEqualTo(wanted.config().shape());
            assertThat(found.config().switches().residual())
                    .isEqualTo(wanted.config().switches().residual());
            assertThat(found.config().switches().normEps())
                    .isEqualTo(wanted.config().switches().normEps());
            assertThat(found.config().switches().activation())
                    .isEqualTo(wanted.config().switches().activation());
            assertThat(found.config().switches().rotaryDims())
                    .isEqualTo(wanted.config().switches().rotaryDims());
            assertThat(found.config().switches().ropeScaling().type())
                    .isEqualTo(wanted.config().switches().ropeScaling().type());
            assertThat(found.names()).containsExactlyElementsOf(wanted.names());
            for (String tensor : wanted.names()) {
                assertThat(found.floats(tensor)).as(tensor).isEqualTo(wanted.floats(tensor));
            }
        }
    }

    @Test
    void roundsToTheFormatAskedFor() {
        Path model = TinyBase.publish(folder.resolve("hf"));
        Path published = prepare(model, "published");
        for (GgufFormat format : List.of(GgufFormat.F16, GgufFormat.BF16, GgufFormat.Q8_0)) {
            Path exported = prepare(export(model, format + ".gguf", format), format.name());
            try (BaseStore wanted = BaseStore.open(published);
                    BaseStore found = BaseStore.open(exported)) {
                float[] values = wanted.floats("layers.1.up.weight");
                float[] rounded = found.floats("layers.1.up.weight");
                float most = 0;
                for (float value : values) {
                    most = Math.max(most, Math.abs(value));
                }
                float unit = format == GgufFormat.Q8_0 ? most / 127 / 2 * 1.01f : most / 256;
                assertThat(rounded).containsExactly(values, Offset.offset(unit)).isNotEqualTo(values);
                assertThat(found.floats("final_norm.weight")).isEqualTo(wanted.floats("final_norm.weight"));
            }
        }
    }

    /** The file's tokenizer cuts as the folder's does, special tokens and all. */
    @ParameterizedTest
    @ValueSource(strings = {"tokenizer_bytelevel", "tokenizer_llama3", "tokenizer_metaspace", "tokenizer_bloom"})
    void carriesTheTokenizer(String name) throws IOException {
        Path model = TinyBase.publish(folder.resolve("hf"), 512);
        Path tokenizer = golden(name).resolve("tokenizer");
        try (Stream<Path> files = Files.list(tokenizer)) {
            for (Path file : files.toList()) {
                Files.write(model.resolve(file.getFileName().toString()), Files.readAllBytes(file));
            }
        }
        beyondTheModel(model.resolve("tokenizer.json"));
        Path back = prepare(export(model, "model.gguf", GgufFormat.F32), "back");
        try (Tokenizer wanted = Tokenizer.open(model);
                Tokenizer found = Tokenizer.open(back)) {
            for (String text : List.of(
                    "Hello world",
                    "  two  spaces\n\n1234 x",
                    "it's na\u00efve \u2014 \u4f60\u597d \ud83d\ude00",
                    "<s>a</s> b<|im_start|>user")) {
                assertThat(found.encode(text, true).ids())
                        .as(text)
                        .isEqualTo(wanted.encode(text, true).ids());
                int[] ids = wanted.encode(text, false).ids();
                assertThat(found.decode(ids, true)).isEqualTo(wanted.decode(ids, true));
            }
            assertThat(found.special().eos()).isEqualTo(wanted.special().eos());
            assertThat(found.special().bos()).isEqualTo(wanted.special().bos());
        }
    }

    /** A padding token that the model has no row for. */
    private static void beyondTheModel(Path file) throws IOException {
        JsonMapper mapper = JsonMapper.builder().build();
        ObjectNode tokenizer = (ObjectNode) mapper.readTree(file.toFile());
        tokenizer
                .withArray("added_tokens")
                .addObject()
                .put("id", 512)
                .put("content", "[PAD]")
                .put("single_word", false)
                .put("lstrip", false)
                .put("rstrip", false)
                .put("normalized", false)
                .put("special", true);
        mapper.writeValue(file.toFile(), tokenizer);
    }

    /** What llama.cpp adds to the exported base is what merging adds. */
    @ParameterizedTest
    @ValueSource(strings = {"arch_llama_gqa", "arch_gpt2", "arch_gpt_neox", "arch_bloom"})
    void anAdapterAddsWhatMergingAdds(String name) throws IOException {
        Path model = golden(name).resolve("model");
        Path first = adapter("sft", model, LoraConfig.of(4, 8, 0, TargetModules.allLinear()));
        LoraConfig other = new LoraConfig(
                2,
                6,
                0,
                TargetModules.allLinear(),
                null,
                true,
                Map.of(),
                Map.of(),
                List.of(),
                TaskType.CAUSAL_LM,
                false);
        Path second = adapter("ppo", model, other);
        Path merged = folder.resolve("merged");
        MergeOptions options =
                new MergeOptions(model, List.of(first, second), null, merged, MergeOptions.SHARD_BYTES, "", false);
        Merge.run(options, PrepareProgress.silent());
        Path lora = folder.resolve("lora.gguf");
        ExportResult result = Export.adapter(model, List.of(first, second), null, lora, PrepareProgress.silent());
        try (GgufFile base = GgufFile.open(export(model, "base.gguf", GgufFormat.F32));
                GgufFile whole = GgufFile.open(export(merged, "merged.gguf", GgufFormat.F32));
                GgufFile factors = GgufFile.open(lora)) {
            assertThat(factors.metadata())
                    .containsEntry("general.type", "adapter")
                    .containsEntry("adapter.type", "lora")
                    .containsEntry("adapter.lora.alpha", 8.0)
                    .containsEntry("general.architecture", base.metadata().get("general.architecture"));
            int compared = 0;
            for (String tensor : base.tensors().keySet()) {
                if (factors.tensors().containsKey(tensor + ".lora_a")) {
                    float[] sum = values(base, tensor);
                    add(sum, factors, tensor);
                    assertThat(values(whole, tensor)).as(tensor).containsExactly(sum, Offset.offset(2e-5f));
                    compared += 2;
                }
            }
            assertThat(compared).isEqualTo(result.tensors());
        }
    }

    private static float[] values(GgufFile file, String name) {
        GgufFile.Tensor tensor = file.tensors().get(name);
        float[] values = new float[tensor.rows() * tensor.columns()];
        tensor.format().decode(file.bytes(tensor), 0, values.length, values, 0);
        return values;
    }

    private static void add(float[] weight, GgufFile factors, String tensor) {
        float[] a = values(factors, tensor + ".lora_a");
        float[] b = values(factors, tensor + ".lora_b");
        int rank = factors.tensors().get(tensor + ".lora_a").rows();
        int columns = factors.tensors().get(tensor + ".lora_a").columns();
        double scale = (double) factors.metadata().get("adapter.lora.alpha") / rank;
        for (int i = 0; i < weight.length; i++) {
            double product = 0;
            for (int k = 0; k < rank; k++) {
                product += (double) b[i / columns * rank + k] * a[k * columns + i % columns];
            }
            weight[i] += (float) (scale * product);
        }
    }

    private Path adapter(String name, Path model, LoraConfig config) throws IOException {
        return adapter(name, model, config, List.of());
    }

    private Path adapter(String name, Path model, LoraConfig config, List<SavedModule> saved) throws IOException {
        try (PublishedCheckpoint checkpoint = PublishedCheckpoint.open(model)) {
            LoraAdapter adapter = LoraAdapter.create(name, config, checkpoint.sites(), saved, 5);
            Random random = new Random(name.hashCode());
            FloatBuffer values = adapter.values();
            while (values.hasRemaining()) {
                values.put((float) random.nextGaussian() * 0.1f);
            }
            PeftFiles.write(folder.resolve(name), adapter, "base", config.taskType());
        }
        return folder.resolve(name);
    }

    @Test
    void refusesWhatHasNoForm() throws IOException {
        Path model = TinyBase.publish(folder.resolve("hf"));
        Path file = folder.resolve("x.gguf");
        LoraConfig config =
                LoraConfig.of(4, 8, 0, TargetModules.names("q_proj")).withTask(TaskType.SEQ_CLS, List.of());
        Path reward = adapter("reward", model, config, List.of(SavedModule.shape("score", 1, TinyBase.HIDDEN)));
        assertThatThrownBy(() -> Export.adapter(model, List.of(reward), null, file, PrepareProgress.silent()))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("trefoil merge");
        assertThatThrownBy(() -> export(model, "x.gguf", GgufFormat.Q4_K))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("Q8_0");
        JsonMapper mapper = JsonMapper.builder().build();
        ObjectNode changed =
                (ObjectNode) mapper.readTree(model.resolve("config.json").toFile());
        mapper.writeValue(model.resolve("config.json").toFile(), changed.put("hidden_act", "gelu"));
        assertThatThrownBy(() -> export(model, "x.gguf", GgufFormat.F16))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("GELU");
        mapper.writeValue(model.resolve("config.json").toFile(), changed.put("hidden_act", "silu"));
        ObjectNode tokenizer =
                (ObjectNode) mapper.readTree(model.resolve("tokenizer.json").toFile());
        tokenizer.putObject("pre_tokenizer").put("type", "Whitespace");
        mapper.writeValue(model.resolve("tokenizer.json").toFile(), tokenizer);
        assertThatThrownBy(() -> export(model, "x.gguf", GgufFormat.F16))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("pre_tokenizer");
        assertThat(file).doesNotExist();
        Files.writeString(file, "x");
        assertThatThrownBy(() -> export(model, "x.gguf", GgufFormat.F16))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("exists already");
        assertThat(file).hasContent("x");
    }
}
