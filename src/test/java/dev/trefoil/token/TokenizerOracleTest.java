package dev.trefoil.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Ids, tokens and decoded texts equal Hugging Face tokenizers'. */
class TokenizerOracleTest {

    private static final JsonMapper JSON = new JsonMapper();

    static List<Path> cases() throws IOException {
        Path golden = Path.of("src/test/resources/golden");
        try (Stream<Path> folders = Files.list(golden)) {
            return folders.filter(folder -> folder.getFileName().toString().startsWith("tokenizer_"))
                    .sorted()
                    .toList();
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void equals_the_golden_encodings(Path folder) throws IOException {
        JsonNode golden = JSON.readTree(folder.resolve("case.json").toFile());
        try (Tokenizer tokenizer = Tokenizer.open(folder.resolve("tokenizer"))) {
            JsonNode config = golden.path("config");
            assertThat(tokenizer.vocabularySize())
                    .isEqualTo(config.path("vocab_size").intValue());
            assertThat(tokenizer.special().bos())
                    .isEqualTo(tokenizer.id(config.path("bos").textValue()).getAsInt());
            assertThat(tokenizer.special().eos())
                    .isEqualTo(tokenizer.id(config.path("eos").textValue()).getAsInt());
            assertThat(tokenizer.special().pad())
                    .isEqualTo(tokenizer.id(config.path("pad").textValue()).getAsInt());
            for (JsonNode row : golden.path("scalars").path("encode")) {
                String text = row.path("text").textValue();
                int[] ids = ids(row.path("ids"));
                assertThat(tokenizer.encode(text, true).ids()).as(text).isEqualTo(ids);
                assertThat(tokenizer.encode(text, false).ids())
                        .as(text)
                        .isEqualTo(ids(row.path("ids_without_special")));
                assertThat(tokenizer.tokens(text, true)).as(text).isEqualTo(texts(row.path("tokens")));
                assertThat(tokenizer.decode(ids, false))
                        .isEqualTo(row.path("decoded").textValue());
                assertThat(tokenizer.decode(ids, true))
                        .isEqualTo(row.path("decoded_skip_special").textValue());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt2", "gpt-neox-20b", "openllama"})
    void equals_published_tokenizers(String name) throws IOException {
        String shared = System.getProperty("trefoil.shared", System.getenv("TREFOIL_SHARED"));
        Path folder = Path.of(shared == null ? "../shared" : shared, "models", "tokenizers", name);
        assumeTrue(Files.exists(folder.resolve("golden.jsonl")), "no shared tokenizers");
        try (Tokenizer tokenizer = Tokenizer.open(folder)) {
            for (String line : Files.readAllLines(folder.resolve("golden.jsonl"))) {
                JsonNode row = JSON.readTree(line);
                int[] ids =
                        tokenizer.encode(row.path("text").textValue(), false).ids();
                assertThat(ids).isEqualTo(ids(row.path("ids")));
                assertThat(tokenizer.decode(ids, false))
                        .isEqualTo(row.path("decoded").textValue());
            }
        }
    }

    private static int[] ids(JsonNode array) {
        int[] ids = new int[array.size()];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = array.get(i).intValue();
        }
        return ids;
    }

    private static List<String> texts(JsonNode array) {
        List<String> texts = new ArrayList<>();
        array.forEach(node -> texts.add(node.textValue()));
        return texts;
    }
}
