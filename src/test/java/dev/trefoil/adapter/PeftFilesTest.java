package dev.trefoil.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import dev.trefoil.artifact.NumberFormats;
import dev.trefoil.artifact.SafeTensorsFile;
import dev.trefoil.artifact.SafeTensorsWriter;
import dev.trefoil.artifact.SafeTensorsWriter.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PeftFilesTest {

    private static final String Q = "base_model.model.model.layers.0.self_attn.q_proj";

    @TempDir
    Path folder;

    private final ObjectMapper json = new ObjectMapper();
    private final List<LinearSite> sites = TinyLlama.sites();
    private LoraAdapter adapter;

    @BeforeEach
    void writeOne() throws IOException {
        adapter = LoraAdapter.create("sft", TinyLlama.config("q_proj", "v_proj"), sites, 1);
        FloatBuffer values = adapter.values();
        for (int i = 0; i < values.capacity(); i++) {
            values.put(i, i * 0.5f - 100);
        }
        PeftFiles.write(folder, adapter, "base", TaskType.CAUSAL_LM);
    }

    private void editConfig(Consumer<ObjectNode> edit) throws IOException {
        Path file = folder.resolve("adapter_config.json");
        ObjectNode root = (ObjectNode) json.readTree(file.toFile());
        edit.accept(root);
        json.writeValue(file.toFile(), root);
    }

    private void editTensors(Consumer<Map<String, Tensor>> edit) throws IOException {
        Path file = folder.resolve("adapter_model.safetensors");
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        try (SafeTensorsFile opened = SafeTensorsFile.open(file)) {
            for (String name : opened.names()) {
                tensors.put(
                        name, Tensor.of(opened.floats(name), opened.info(name).shape()));
            }
        }
        Files.delete(file);
        edit.accept(tensors);
        SafeTensorsWriter.write(file, tensors);
    }

    private LoraAdapter read() {
        return PeftFiles.read(folder, sites, "sft");
    }

    private void assertRefused(ExitCode code, String... parts) {
        assertThatThrownBy(this::read)
                .isInstanceOfSatisfying(
                        UserError.class, error -> assertThat(error.code()).isEqualTo(code))
                .hasMessageContainingAll(parts);
    }

    @Test
    void what_is_written_is_read_back() {
        LoraAdapter back = read();
        assertThat(back.values()).isEqualTo(adapter.values());
        assertThat(back.modules()).isEqualTo(adapter.modules());
        assertThat(back.config()).isEqualTo(adapter.config());
        assertThat(back.hasGradients()).isFalse();
    }

    @Test
    void the_same_adapter_gives_the_same_bytes(@TempDir Path other) throws IOException {
        PeftFiles.write(other, adapter, "base", TaskType.CAUSAL_LM);
        for (String file : List.of("adapter_config.json", "adapter_model.safetensors")) {
            assertThat(other.resolve(file)).hasSameBinaryContentAs(folder.resolve(file));
        }
        try (SafeTensorsFile file = SafeTensorsFile.open(folder.resolve("adapter_model.safetensors"))) {
            assertThat(file.metadata()).containsEntry("format", "pt");
        }
    }

    @Test
    void rare_settings_survive_and_all_linear_becomes_names(@TempDir Path other) throws IOException {
        LoraConfig config = new LoraConfig(
                4,
                8.5,
                0.1,
                TargetModules.allLinear(),
                null,
                true,
                Map.of("q_proj", 2),
                Map.of("o_proj", 3.0),
                List.of("lm_head"),
                TaskType.CAUSAL_LM,
                false);
        LoraAdapter written =
                LoraAdapter.create("sft", config, sites, List.of(SavedModule.shape("lm_head", 160, 48)), 1);
        PeftFiles.write(other, written, "base", TaskType.CAUSAL_LM);
        LoraAdapter back = PeftFiles.read(other, sites, "sft");
        assertThat(back.values()).isEqualTo(written.values());
        assertThat(back.modules()).isEqualTo(written.modules());
        assertThat(back.savedModules()).isEqualTo(written.savedModules());
        assertThat(back.config())
                .isEqualTo(config.withTargets(TargetModules.names(
                        "down_proj", "gate_proj", "k_proj", "o_proj", "q_proj", "up_proj", "v_proj")));
    }

    @Test
    void half_precision_is_read() throws IOException {
        editTensors(tensors -> tensors.replaceAll((name, tensor) -> half(tensor)));
        FloatBuffer back = read().values();
        for (int i = 0; i < back.capacity(); i++) {
            assertThat(back.get(i))
                    .isEqualTo(NumberFormats.fromBfloat16(
                            NumberFormats.toBfloat16(adapter.values().get(i))));
        }
    }

    private static Tensor half(Tensor tensor) {
        FloatBuffer values =
                tensor.data().duplicate().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
        ByteBuffer halves = ByteBuffer.allocate(values.capacity() * 2).order(ByteOrder.LITTLE_ENDIAN);
        while (values.hasRemaining()) {
            halves.putShort(NumberFormats.toBfloat16(values.get()));
        }
        return new Tensor("BF16", tensor.shape(), halves.flip());
    }

    @Test
    void chosen_layers_become_whole_names() throws IOException {
        editTensors(tensors -> tensors.keySet().removeIf(name -> name.contains("layers.1.")));
        assertRefused(ExitCode.CONFIG_OR_DATA, "layers.1.self_attn.q_proj.lora_A.weight", "incomplete");
        editConfig(root -> root.putArray("layers_to_transform").add(0));
        assertThat(read().config().targetModules())
                .isEqualTo(TargetModules.names("model.layers.0.self_attn.q_proj", "model.layers.0.self_attn.v_proj"));
    }

    @Test
    void other_methods_and_variants_are_refused_with_a_way_out() throws IOException {
        editConfig(root -> root.put("use_dora", true));
        assertRefused(ExitCode.CONFIG_OR_DATA, "use_dora", "DoRA", "merge_and_unload");
        editConfig(root -> root.put("use_dora", false).put("init_lora_weights", "pissa_niter_4"));
        assertRefused(ExitCode.CONFIG_OR_DATA, "pissa_niter_4", "path_initial_model_for_weight_conversion");
        editConfig(root -> root.put("init_lora_weights", true).put("bias", "all"));
        assertRefused(ExitCode.CONFIG_OR_DATA, "bias", "all");
        editConfig(root -> root.put("bias", "none").put("task_type", "SEQ_2_SEQ_LM"));
        assertRefused(ExitCode.CONFIG_OR_DATA, "SEQ_2_SEQ_LM");
        editConfig(root -> root.putNull("task_type").put("r", "eight"));
        assertRefused(ExitCode.CONFIG_OR_DATA, " r: found \"eight\"");
        editConfig(root -> root.put("r", 4).put("peft_type", "IA3"));
        assertRefused(ExitCode.CONFIG_OR_DATA, "peft_type", "IA3", "LORA");
    }

    @Test
    void a_pickled_or_missing_adapter_is_refused() throws IOException {
        Files.delete(folder.resolve("adapter_model.safetensors"));
        assertRefused(ExitCode.CONFIG_OR_DATA, "adapter_model.safetensors: no such file");
        Files.write(folder.resolve("adapter_model.bin"), new byte[443]);
        assertRefused(ExitCode.CONFIG_OR_DATA, "pickled", "safe_serialization=True");
        Files.writeString(folder.resolve("adapter_config.json"), "{\"r\": 4");
        assertRefused(ExitCode.CONFIG_OR_DATA, "no valid JSON");
        Files.delete(folder.resolve("adapter_config.json"));
        assertRefused(ExitCode.CONFIG_OR_DATA, "adapter_config.json: cannot be read");
        Files.delete(folder.resolve("adapter_model.bin"));
        assertThatThrownBy(() -> PeftFiles.read(folder.resolve("none"), sites, "sft"))
                .hasMessageContaining("no such folder");
    }

    @Test
    void empty_halved_or_truncated_files_are_refused() throws IOException {
        editTensors(tensors -> tensors.remove(Q + ".lora_B.weight"));
        assertRefused(ExitCode.CONFIG_OR_DATA, Q + ".lora_B.weight is missing");
        editTensors(Map::clear);
        assertRefused(ExitCode.CONFIG_OR_DATA, "holds no tensors");
        Files.write(folder.resolve("adapter_model.safetensors"), new byte[5]);
        assertRefused(ExitCode.CONFIG_OR_DATA, "adapter_model.safetensors");
    }

    @Test
    void embeddings_and_heads_are_refused_with_a_way_out() throws IOException {
        Tensor rows = Tensor.of(new float[2 * 48], 2, 48);
        editTensors(tensors -> tensors.put("base_model.model.lm_head.lora_A.weight", rows));
        assertRefused(ExitCode.CONFIG_OR_DATA, "lm_head.lora_A.weight", "LoRA on the embedding", "merge_and_unload");
        editTensors(tensors -> {
            tensors.remove("base_model.model.lm_head.lora_A.weight");
            tensors.put("base_model.model.model.embed_tokens.lora_embedding_A", rows);
        });
        assertRefused(ExitCode.CONFIG_OR_DATA, "embed_tokens.lora_embedding_A", "LoRA on the embedding");
        editTensors(tensors -> {
            tensors.remove("base_model.model.model.embed_tokens.lora_embedding_A");
            tensors.put("base_model.model.model.embed_tokens.weight", rows);
        });
        assertRefused(ExitCode.CONFIG_OR_DATA, "embed_tokens.weight", "resized", "save_embedding_layers=False");
    }

    @Test
    void an_adapter_for_another_base_is_refused() throws IOException {
        List<LinearSite> wider = TinyLlama.sites(2, 64, 16, 96);
        assertThatThrownBy(() -> PeftFiles.read(folder, wider, "sft"))
                .isInstanceOfSatisfying(
                        UserError.class, error -> assertThat(error.code()).isEqualTo(ExitCode.CONTRACT))
                .hasMessageContainingAll(Q + ".lora_A.weight", "[4, 48]", "[4, 64]");
        List<LinearSite> shallower = TinyLlama.sites(1, 48, 16, 96);
        assertThatThrownBy(() -> PeftFiles.read(folder, shallower, "sft"))
                .isInstanceOfSatisfying(
                        UserError.class, error -> assertThat(error.code()).isEqualTo(ExitCode.CONTRACT))
                .hasMessageContainingAll("layers.1.self_attn.q_proj", "belongs to no linear");
    }

    @Test
    void a_score_head_must_be_there_for_a_reward_model() throws IOException {
        assertThatThrownBy(() -> PeftFiles.write(folder, adapter, "base", TaskType.SEQ_CLS))
                .hasMessageContaining("without its score head");
        editConfig(root -> root.put("task_type", "SEQ_CLS"));
        assertRefused(ExitCode.CONTRACT, "base_model.model.score.weight");
        editConfig(root ->
                root.put("task_type", "CAUSAL_LM").putArray("modules_to_save").add("lm_head"));
        assertRefused(ExitCode.CONFIG_OR_DATA, "modules_to_save", "lm_head.weight");
    }

    @Test
    void the_file_has_the_keys_that_peft_needs() throws IOException {
        JsonNode root = json.readTree(folder.resolve("adapter_config.json").toFile());
        assertThat(root.path("peft_type").asText()).isEqualTo("LORA");
        assertThat(root.path("lora_alpha").isInt()).isTrue();
        assertThat(root.path("target_modules").toString()).isEqualTo("[\"q_proj\",\"v_proj\"]");
        assertThat(root.path("modules_to_save").isNull()).isTrue();
        assertThat(root.path("base_model_name_or_path").asText()).isEqualTo("base");
    }
}
