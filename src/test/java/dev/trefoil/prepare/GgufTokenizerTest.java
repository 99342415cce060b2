package dev.trefoil.prepare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.trefoil.UserError;
import dev.trefoil.gguf.GgufMetadata;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GgufTokenizerTest {

    private static final String PREFIX = "tokenizer.ggml.";

    @TempDir
    Path folder;

    private HuggingFaceTokenizer write(Map<String, Object> values) throws IOException {
        GgufTokenizer.write(new GgufMetadata(folder.resolve("model.gguf"), values), 128, folder);
        return HuggingFaceTokenizer.newInstance(folder.resolve("tokenizer.json"));
    }

    private static Map<String, Object> byteLevel(String pre) {
        Map<String, Object> values = new HashMap<>();
        values.put(PREFIX + "model", "gpt2");
        values.put(PREFIX + "pre", pre);
        values.put(
                PREFIX + "tokens",
                List.of("<|end|>", "<tool>", "a", "b", "1", "2", "\u0120", "ab", "\u0120ab", "12", "c"));
        values.put(PREFIX + "token_type", List.of(3L, 4L, 1L, 1L, 1L, 1L, 1L, 1L, 1L, 1L, 1L));
        values.put(PREFIX + "merges", List.of("a b", "\u0120 ab", "1 2"));
        values.put(PREFIX + "bos_token_id", 0L);
        values.put(PREFIX + "eos_token_id", 0L);
        return values;
    }

    @ParameterizedTest
    @CsvSource({"gpt-2, 7 8 9", "smollm, 7 8 4 5", "llama-bpe, 0 7 8 9", "qwen2, 7 8 4 5"})
    void cutsTextAsTheModelDoes(String pre, String wanted) throws IOException {
        try (HuggingFaceTokenizer tokenizer = write(byteLevel(pre))) {
            long[] ids =
                    Arrays.stream(wanted.split(" ")).mapToLong(Long::parseLong).toArray();
            assertThat(tokenizer.encode("ab ab12", true, false).getIds()).isEqualTo(ids);
            assertThat(tokenizer.encode("ab<tool><|end|>", false, false).getIds())
                    .containsExactly(7, 1, 0);
            assertThat(tokenizer.decode(new long[] {7, 8, 9}, false)).isEqualTo("ab ab12");
        }
    }

    @Test
    void writesTheTemplateAndTheNamesOfSpecialTokens() throws IOException {
        Map<String, Object> values = byteLevel("gpt-2");
        values.put("tokenizer.chat_template", "{{ messages }}");
        values.put(PREFIX + "add_bos_token", true);
        try (HuggingFaceTokenizer tokenizer = write(values)) {
            assertThat(tokenizer.encode("a", true, false).getIds()).containsExactly(0, 2);
        }
        JsonNode config = json(folder.resolve("tokenizer_config.json"));
        assertThat(config.path("chat_template").asText()).isEqualTo("{{ messages }}");
        assertThat(config.path("eos_token").asText()).isEqualTo("<|end|>");
        assertThat(config.has("pad_token")).isFalse();
        assertThat(config.path("model_max_length").asInt()).isEqualTo(128);
    }

    @Test
    void namesWhatIsWrong() {
        assertThatThrownBy(() -> write(byteLevel("klingon")))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("klingon")
                .hasMessageContaining("smollm");
        Map<String, Object> values = byteLevel("gpt-2");
        values.put(PREFIX + "token_type", List.of(1L));
        assertThatThrownBy(() -> write(values)).isInstanceOf(UserError.class).hasMessageContaining("token_type");
        values.put(PREFIX + "token_type", "x");
        assertThatThrownBy(() -> write(values)).isInstanceOf(UserError.class).hasMessageContaining("token_type");
        Map<String, Object> twice = byteLevel("gpt-2");
        twice.put(PREFIX + "tokens", Collections.nCopies(11, "a"));
        assertThatThrownBy(() -> write(twice)).isInstanceOf(UserError.class).hasMessageContaining("twice");
    }

    @Test
    void rebuildsMergesFromScores() throws IOException {
        Map<String, Object> values = new HashMap<>();
        values.put(PREFIX + "model", "llama");
        List<String> tokens =
                List.of("<unk>", "<s>", "</s>", "<0x21>", "\u2581", "a", "b", "\u2581a", "ab", "\u2581ab");
        values.put(PREFIX + "tokens", tokens);
        values.put(PREFIX + "token_type", List.of(2L, 3L, 3L, 6L, 1L, 1L, 1L, 1L, 1L, 1L));
        values.put(PREFIX + "scores", List.of(0.0, 0.0, 0.0, 0.0, -9.0, -9.0, -9.0, -2.0, -1.0, -3.0));
        values.put(PREFIX + "bos_token_id", 1L);
        try (HuggingFaceTokenizer tokenizer = write(values)) {
            assertThat(tokenizer.encode("ab a!", true, false).getIds()).containsExactly(1, 9, 7, 3);
            assertThat(tokenizer.decode(new long[] {9, 7, 3}, true)).isEqualTo("ab a!");
        }
        List<String> merges = new ArrayList<>();
        json(folder.resolve("tokenizer.json")).at("/model/merges").forEach(merge -> merges.add(merge.asText()));
        assertThat(merges).containsExactly("a b", "\u2581 a", "\u2581 ab", "\u2581a b");
    }

    /** A real SentencePiece model, whose scores are the negative rank; its tokenizer.json came from the published converter. */
    @Test
    void agreesWithThePublishedConverter() throws IOException {
        Path published = shared("models/stories260K/tokenizer.json");
        Map<String, Object> values = metadata(json(published), "llama");
        List<?> tokens = (List<?>) values.get(PREFIX + "tokens");
        List<Double> scores = new ArrayList<>();
        for (int id = 0; id < tokens.size(); id++) {
            scores.add(id < 259 ? 0.0 : 259.0 - id);
        }
        values.put(PREFIX + "scores", scores);
        values.put(PREFIX + "bos_token_id", 1L);
        write(values).close();
        List<String> wanted = new ArrayList<>();
        json(published).at("/model/merges").forEach(merge -> wanted.add(merge.asText()));
        List<String> found = new ArrayList<>();
        json(folder.resolve("tokenizer.json")).at("/model/merges").forEach(merge -> found.add(merge.asText()));
        assertThat(found).isEqualTo(wanted);
    }

    @ParameterizedTest
    @CsvSource({"tokenizer_llama3, llama-bpe", "tokenizer_bytelevel, gpt-2"})
    void agreesWithTheOracle(String name, String pre) throws IOException {
        JsonNode golden = json(shared("oracle/golden/" + name + "/case.json"));
        Map<String, Object> values =
                metadata(json(shared("oracle/golden/" + name + "/tokenizer/tokenizer.json")), "gpt2");
        values.put(PREFIX + "pre", pre);
        values.put(PREFIX + "bos_token_id", 0L);
        try (HuggingFaceTokenizer tokenizer = write(values)) {
            for (JsonNode text : golden.at("/scalars/encode")) {
                String given = text.path("text").asText();
                // This case composes accents first, which GPT-2 itself does not.
                boolean same = java.text.Normalizer.isNormalized(given, java.text.Normalizer.Form.NFC);
                if (same || name.contains("llama3")) {
                    long[] ids = new JsonMapper().convertValue(text.path("ids"), long[].class);
                    assertThat(tokenizer.encode(given, true, false).getIds())
                            .as(given)
                            .isEqualTo(ids);
                }
            }
        }
    }

    private static Map<String, Object> metadata(JsonNode tokenizer, String model) {
        Map<Integer, String> byId = new HashMap<>();
        tokenizer
                .at("/model/vocab")
                .properties()
                .forEach(token -> byId.put(token.getValue().asInt(), token.getKey()));
        Map<Integer, Long> types = new HashMap<>();
        for (JsonNode added : tokenizer.path("added_tokens")) {
            byId.put(added.path("id").asInt(), added.path("content").asText());
            types.put(added.path("id").asInt(), added.path("special").asBoolean() ? 3L : 4L);
        }
        List<String> tokens = new ArrayList<>();
        List<Long> kinds = new ArrayList<>();
        for (int id = 0; id < byId.size(); id++) {
            tokens.add(byId.get(id));
            boolean oneByte = byId.get(id).matches("<0x[0-9A-F]{2}>");
            kinds.add(types.getOrDefault(id, oneByte ? 6L : 1L));
        }
        List<String> merges = new ArrayList<>();
        for (JsonNode merge : tokenizer.at("/model/merges")) {
            merges.add(
                    merge.isArray() ? merge.get(0).asText() + " " + merge.get(1).asText() : merge.asText());
        }
        Map<String, Object> values = new LinkedHashMap<>();
        values.put(PREFIX + "model", model);
        values.put(PREFIX + "tokens", tokens);
        values.put(PREFIX + "token_type", kinds);
        values.put(PREFIX + "merges", merges);
        return values;
    }

    private static JsonNode json(Path file) throws IOException {
        return JsonMapper.builder().build().readTree(Files.readString(file));
    }

    private static Path shared(String path) {
        String shared = Optional.ofNullable(System.getenv("TREFOIL_SHARED")).orElse("../shared");
        Path file = Path.of(shared, path);
        Assumptions.assumeTrue(Files.exists(file), path + " is not here");
        return file;
    }
}
