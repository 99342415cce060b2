package dev.trefoil.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.trefoil.artifact.SafeTensorsFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Against files that Hugging Face PEFT wrote. */
class PeftGoldenTest {

    private final ObjectMapper json = new ObjectMapper();

    private static Path golden(String name) {
        Optional<Path> found = TinyLlama.golden(name);
        assumeTrue(found.isPresent(), "the golden case " + name + " is not here");
        return found.get();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "lora_llama",
                "lora_llama_rslora",
                "lora_llama_outliers",
                "lora_llama_modules_to_save",
                "reward_llama",
                "sft_steps_llama"
            })
    void published_adapters_are_read_and_written_back_the_same(String name, @TempDir Path copy) throws IOException {
        Path folder = golden(name).resolve("adapter");
        LoraAdapter adapter = PeftFiles.read(folder, TinyLlama.sites(), "sft");
        PeftFiles.write(copy, adapter, "base", adapter.config().taskType());
        try (SafeTensorsFile wanted = SafeTensorsFile.open(folder.resolve("adapter_model.safetensors"));
                SafeTensorsFile found = SafeTensorsFile.open(copy.resolve("adapter_model.safetensors"))) {
            assertThat(found.names()).containsExactlyInAnyOrderElementsOf(wanted.names());
            for (String tensor : wanted.names()) {
                assertThat(found.info(tensor).shape())
                        .isEqualTo(wanted.info(tensor).shape());
                assertThat(found.floats(tensor)).isEqualTo(wanted.floats(tensor));
            }
        }
        assertSameKeys(folder, copy);
        JsonNode config =
                json.readTree(golden(name).resolve("case.json").toFile()).path("config");
        if (config.has("scaling")) {
            assertThat(adapter.modules())
                    .allSatisfy(module -> assertThat(module.scaling())
                            .isEqualTo(config.path("scaling").asDouble()));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "llama, model.layers.0.self_attn.,q_proj 32 k_proj 16 v_proj 16 o_proj 32",
        "gpt_neox, gpt_neox.layers.0.attention.,query_key_value 96 dense 32",
        "gpt2, transformer.h.0.attn.,c_attn 96 c_proj 32",
        "bloom, transformer.h.0.self_attention.,query_key_value 96 dense 32"
    })
    void defaults_are_those_of_peft(String family, String prefix, String linears, @TempDir Path copy)
            throws IOException {
        Path folder = golden("peft_defaults");
        String[] words = linears.split(" ");
        List<LinearSite> sites = new ArrayList<>();
        for (int i = 0; i < words.length; i += 2) {
            int rows = Integer.parseInt(words[i + 1]);
            sites.add(new LinearSite(0, i == words.length - 2 ? Slot.OUT : Slot.QKV, prefix + words[i], 0, rows, 32));
        }
        LoraConfig config = LoraConfig.of(8, 8, 0, null).forFamily(family);
        PeftFiles.write(copy, LoraAdapter.create("sft", config, sites, 1), "base", TaskType.CAUSAL_LM);
        assertSameKeys(folder.resolve(family), copy);
        JsonNode tensors = json.readTree(folder.resolve("case.json").toFile())
                .path("scalars")
                .path(family)
                .path("tensors");
        try (SafeTensorsFile found = SafeTensorsFile.open(copy.resolve("adapter_model.safetensors"))) {
            assertThat(found.names()).hasSize(tensors.size());
            for (Map.Entry<String, JsonNode> tensor : tensors.properties()) {
                assertThat(found.info(tensor.getKey()).shape())
                        .isEqualTo(json.convertValue(tensor.getValue(), long[].class));
            }
        }
    }

    @Test
    void rank_stabilised_scaling_is_alpha_over_root_of_rank() {
        LoraAdapter adapter = PeftFiles.read(golden("lora_llama_rslora").resolve("adapter"), TinyLlama.sites(), "sft");
        assertThat(adapter.modules().get(0).scaling()).isEqualTo(8 / Math.sqrt(4));
    }

    /** Every key that is written says what PEFT's own file says; lists may be in any order. */
    private void assertSameKeys(Path wantedFolder, Path foundFolder) throws IOException {
        JsonNode wanted =
                json.readTree(wantedFolder.resolve("adapter_config.json").toFile());
        JsonNode found =
                json.readTree(foundFolder.resolve("adapter_config.json").toFile());
        for (Map.Entry<String, JsonNode> entry : found.properties()) {
            String key = entry.getKey();
            if (key.equals("base_model_name_or_path")) {
                continue;
            }
            assertThat(wanted.has(key)).as(key).isTrue();
            JsonNode value = wanted.path(key);
            if (value.isArray()) {
                assertThat(entry.getValue()).as(key).containsExactlyInAnyOrderElementsOf(value);
            } else {
                assertThat(entry.getValue()).as(key).isEqualTo(value);
            }
        }
    }
}
