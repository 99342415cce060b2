package dev.trefoil.merge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.trefoil.TinyBase;
import dev.trefoil.UserError;
import dev.trefoil.adapter.LoraAdapter;
import dev.trefoil.adapter.LoraConfig;
import dev.trefoil.adapter.PeftFiles;
import dev.trefoil.adapter.SavedModule;
import dev.trefoil.adapter.TargetModules;
import dev.trefoil.adapter.TaskType;
import dev.trefoil.artifact.NumberFormats;
import dev.trefoil.artifact.SafeTensorsFile;
import dev.trefoil.prepare.Prepare;
import dev.trefoil.prepare.PrepareOptions;
import dev.trefoil.prepare.PrepareProgress;
import dev.trefoil.prepare.PublishedCheckpoint;
import dev.trefoil.quant.Precision;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MergeTest {

    @TempDir
    private Path folder;

    private Path out() {
        return folder.resolve("merged");
    }

    private static Path golden(String name) {
        String shared =
                System.getProperty("trefoil.shared", System.getenv().getOrDefault("TREFOIL_SHARED", "../shared"));
        return Stream.of(Path.of("src/test/resources/golden"), Path.of(shared, "oracle", "golden"))
                .map(place -> place.resolve(name))
                .filter(Files::isDirectory)
                .findFirst()
                .orElseThrow(() -> Assumptions.<RuntimeException>abort("no case " + name));
    }

    private MergeResult merge(Path source, long shardBytes, boolean check, Path... adapters) {
        return Merge.run(
                new MergeOptions(source, List.of(adapters), null, out(), shardBytes, MergeOptions.TEXT, check),
                PrepareProgress.silent());
    }

    private static Map<String, float[]> tensors(Path model) {
        Map<String, float[]> tensors = new LinkedHashMap<>();
        try (PublishedCheckpoint checkpoint = PublishedCheckpoint.open(model)) {
            for (String name : checkpoint.names()) {
                int count = (int) checkpoint.info(name).elements();
                tensors.put(name, checkpoint.floats(name, 0, count));
            }
        }
        return tensors;
    }

    private static JsonNode json(Path file) throws IOException {
        return JsonMapper.builder().build().readTree(file.toFile());
    }

    /** A PEFT folder with random factors of a noticeable size for all linears. */
    private Path adapter(String name, Path source, LoraConfig config, List<SavedModule> saved) throws IOException {
        try (PublishedCheckpoint checkpoint = PublishedCheckpoint.open(source)) {
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

    /** What PEFT's merge made of the same adapter. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "lora_llama",
                "lora_llama_rslora",
                "lora_llama_modules_to_save",
                "lora_gpt2",
                "lora_gpt_neox",
                "lora_gpt_neox_modules_to_save",
                "lora_bloom",
                "lora_llama_patterns",
                "lora_gpt2_layers",
                "lora_gpt2_tied_head",
                "lora_bloom_expression"
            })
    void mergesAsPeftDoes(String name) throws IOException {
        Path golden = golden(name);
        Path source = golden.resolve(
                        json(golden.resolve("case.json")).at("/config/base").asText())
                .normalize();
        MergeResult result = merge(source, MergeOptions.SHARD_BYTES, true, golden.resolve("adapter"));
        Map<String, float[]> before = tensors(source);
        Map<String, float[]> after = tensors(out());
        int compared = 0;
        try (SafeTensorsFile data = SafeTensorsFile.open(golden.resolve("data.safetensors"))) {
            for (String wanted : data.names()) {
                if (wanted.startsWith("merged.")) {
                    assertThat(after.get(wanted.substring("merged.".length())))
                            .as(wanted)
                            .containsExactly(data.floats(wanted), Offset.offset(2e-6f));
                    compared++;
                }
            }
        }
        assertThat(compared).isPositive();
        assertThat(result.gap()).hasValueSatisfying(gap -> {
            assertThat(gap.what()).isEqualTo("logits");
            assertThat(gap.largest()).isLessThan(1e-3 * Math.max(1, gap.scale()));
            assertThat(gap.agreeing()).isEqualTo(gap.tokens());
        });
        long changed = after.keySet().stream()
                .filter(each -> !Arrays.equals(before.get(each), after.get(each)))
                .count();
        int heads = name.endsWith("modules_to_save") || name.endsWith("tied_head") ? 1 : 0;
        assertThat(changed).isEqualTo(result.merged() + heads);
        assertThat(result.files()).containsExactly("model.safetensors");
        try (Stream<Path> entries = Files.list(folder)) {
            assertThat(entries).containsExactly(out());
        }
    }

    /** Weights are rounded once, to nearest, from the float32 sum; files and index hold every tensor once. */
    @Test
    void keepsTheNumberFormatAndSplitsFiles() throws IOException {
        Path source = golden("arch_llama_mha_bf16").resolve("model");
        LoraConfig config = LoraConfig.of(3, 6, 0, TargetModules.names("q_proj", "down_proj"));
        Path adapter = adapter("one", source, config, List.of());
        MergeResult result = merge(source, 20_000, true, adapter);
        assertThat(result.files())
                .hasSizeGreaterThan(2)
                .first()
                .isEqualTo("model-00001-of-0000" + result.files().size() + ".safetensors");
        JsonNode index = json(out().resolve("model.safetensors.index.json"));
        Map<String, float[]> before = tensors(source);
        assertThat(index.path("weight_map").size()).isEqualTo(before.size());
        assertThat(index.at("/metadata/total_size").asLong()).isEqualTo(result.bytes());
        try (PublishedCheckpoint base = PublishedCheckpoint.open(source);
                PublishedCheckpoint merged = PublishedCheckpoint.open(out())) {
            assertThat(merged.dtype()).isEqualTo("BF16");
            LoraAdapter lora = PeftFiles.read(adapter, base.sites(), "one");
            for (var module : lora.modules()) {
                String name = module.site().module() + ".weight";
                float[] found = merged.floats(name, 0, before.get(name).length);
                int columns = module.site().columns();
                for (int i = 0; i < found.length; i++) {
                    double sum = 0;
                    for (int k = 0; k < 3; k++) {
                        sum += (double) lora.b(module).get(i / columns * 3 + k)
                                * lora.a(module).get(k * columns + i % columns);
                    }
                    float wanted = (float) (before.get(name)[i] + 2 * sum);
                    float rounded = NumberFormats.fromBfloat16(NumberFormats.toBfloat16(wanted));
                    assertThat(found[i]).isCloseTo(rounded, Offset.offset(Math.abs(wanted) / 128 + 1e-6f));
                    assertThat(Math.abs(found[i] - wanted)).isLessThanOrEqualTo(Math.abs(wanted) / 256 * 1.01f + 1e-7f);
                }
            }
        }
        assertThat(json(out().resolve("config.json"))).isEqualTo(json(source.resolve("config.json")));
    }

    /** Ranks, alphas and scalings by pattern, one adapter over another: the merged model is the stack. */
    @Test
    void addsSeveralAdaptersWithPatterns() throws IOException {
        Path source = TinyBase.publish(folder.resolve("hf"));
        LoraConfig plain = LoraConfig.of(4, 8, 0, TargetModules.allLinear());
        LoraConfig patterns = new LoraConfig(
                4,
                8,
                0,
                TargetModules.names("q_proj", "v_proj", "up_proj"),
                null,
                true,
                Map.of("v_proj", 2),
                Map.of("layers.1.mlp.up_proj", 3.0),
                List.of(),
                TaskType.CAUSAL_LM,
                false);
        MergeResult result = merge(
                source,
                MergeOptions.SHARD_BYTES,
                true,
                adapter("sft", source, plain, List.of()),
                adapter("ppo", source, patterns, List.of()));
        assertThat(result.merged()).isEqualTo(7 * TinyBase.LAYERS);
        assertThat(result.gap().orElseThrow().largest())
                .isLessThan(1e-4 * result.gap().orElseThrow().scale());
        assertThat(out().resolve("tokenizer.json")).hasSameBinaryContentAs(source.resolve("tokenizer.json"));
    }

    @Test
    void aSequenceClassifierKeepsItsHead() throws IOException {
        Path source = TinyBase.publish(folder.resolve("hf"));
        LoraConfig config =
                LoraConfig.of(4, 8, 0, TargetModules.names("q_proj", "v_proj")).withTask(TaskType.SEQ_CLS, List.of());
        SavedModule score = SavedModule.shape("score", 1, TinyBase.HIDDEN);
        Path adapter = adapter("reward", source, config, List.of(score));
        MergeResult result = merge(source, MergeOptions.SHARD_BYTES, true, adapter);
        assertThat(result.classifier()).isTrue();
        LogitGap gap = result.gap().orElseThrow();
        assertThat(gap.what()).isEqualTo("scores");
        assertThat(gap.scale()).isPositive();
        assertThat(gap.largest()).isLessThan(1e-4 * Math.max(1, gap.scale()));
        try (SafeTensorsFile file = SafeTensorsFile.open(out().resolve("model.safetensors"));
                SafeTensorsFile peft = SafeTensorsFile.open(adapter.resolve("adapter_model.safetensors"))) {
            assertThat(file.floats("score.weight")).isEqualTo(peft.floats("base_model.model.score.weight"));
            assertThat(file.has("lm_head.weight")).isFalse();
        }
        JsonNode written = json(out().resolve("config.json"));
        assertThat(written.path("id2label").size()).isEqualTo(1);
        assertThat(written.path("pad_token_id").isInt()).isTrue();
        assertThat(MergedConfig.classifier("GPT2LMHeadModel")).isEqualTo("GPT2ForSequenceClassification");
        assertThat(MergedConfig.classifier("LlamaForCausalLM")).isEqualTo("LlamaForSequenceClassification");
        assertThatThrownBy(() -> Prepare.run(
                        out(), folder.resolve("x"), PrepareOptions.of(Precision.FP32), PrepareProgress.silent()))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("sequence classifier");
    }

    @Test
    void refusesWhatDoesNotFit() throws IOException {
        Path source = TinyBase.publish(folder.resolve("hf"));
        Path base = folder.resolve("base");
        Prepare.run(source, base, PrepareOptions.of(Precision.INT8), PrepareProgress.silent());
        LoraConfig config = LoraConfig.of(4, 8, 0, TargetModules.names("q_proj"));
        Path adapter = adapter("fits", source, config, List.of());
        Path other = golden("arch_llama_gqa").resolve("model");
        assertRefused(() -> merge(other, 1 << 20, false, adapter), "q_proj", "shape", "another base");
        assertRefused(() -> merge(base, 1 << 20, false, adapter), "base store", "hf");
        Path gguf = Files.writeString(folder.resolve("model.gguf"), "GGUF");
        assertRefused(() -> merge(gguf, 1 << 20, false, adapter), "a GGUF file");
        SavedModule table = SavedModule.shape("model.embed_tokens", 3, TinyBase.HIDDEN);
        Path whole =
                adapter("whole", source, config.withTask(TaskType.CAUSAL_LM, List.of("embed_tokens")), List.of(table));
        assertRefused(() -> merge(source, 1 << 20, false, whole), "embed_tokens", "lm_head");
        MergeOptions elsewhere = new MergeOptions(other, List.of(adapter), base, out(), 1 << 20, "", false);
        assertRefused(() -> Merge.run(elsewhere, PrepareProgress.silent()), "is not the file", "base");
        assertThat(out()).doesNotExist();
        Files.createDirectory(out());
        assertRefused(() -> merge(source, 1 << 20, false, adapter), "exists already");
        assertThat(out()).isEmptyDirectory();
        try (Stream<Path> entries = Files.list(folder)) {
            assertThat(entries).noneMatch(path -> path.toString().contains("partial"));
        }
    }

    private static void assertRefused(ThrowingCallable call, String... wanted) {
        assertThatThrownBy(call)
                .isInstanceOf(UserError.class)
                .satisfies(fault -> assertThat(fault.getMessage()).contains(wanted));
    }
}
