package dev.trefoil.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenizerTest {

    static final Path GOLDEN = Path.of("src/test/resources/golden");

    @TempDir
    Path folder;

    static Tokenizer golden(String kind) {
        return Tokenizer.open(GOLDEN.resolve("tokenizer_" + kind).resolve("tokenizer"));
    }

    private void copy(String file) throws IOException {
        Files.copy(GOLDEN.resolve("tokenizer_bytelevel/tokenizer").resolve(file), folder.resolve(file));
    }

    @Test
    void does_not_cut_long_texts() {
        try (Tokenizer tokenizer = golden("bytelevel")) {
            String text = "The cat sat on the mat. ".repeat(500);
            Encoding encoding = tokenizer.encode(text, true);
            assertThat(encoding.length()).isGreaterThan(5000);
            assertThat(tokenizer.decode(encoding.ids(), false)).isEqualTo(text);
        }
    }

    @Test
    void ignores_saved_truncation_and_padding() throws IOException {
        JsonMapper json = new JsonMapper();
        ObjectNode tree = (ObjectNode) json.readTree(
                GOLDEN.resolve("tokenizer_bytelevel/tokenizer/tokenizer.json").toFile());
        tree.set(
                "truncation",
                json.readTree("{\"direction\":\"Right\",\"max_length\":3,\"strategy\":\"LongestFirst\",\"stride\":0}"));
        tree.set(
                "padding",
                json.readTree("{\"strategy\":{\"Fixed\":9},\"direction\":\"Right\",\"pad_to_multiple_of\":null,"
                        + "\"pad_id\":0,\"pad_type_id\":0,\"pad_token\":\"<|endoftext|>\"}"));
        json.writeValue(folder.resolve("tokenizer.json").toFile(), tree);
        try (Tokenizer saved = Tokenizer.open(folder);
                Tokenizer plain = golden("bytelevel")) {
            for (String text : new String[] {"a", "the cat sat on the mat"}) {
                assertThat(saved.encode(text, true).ids())
                        .isEqualTo(plain.encode(text, true).ids());
            }
            assertThat(saved.hash()).isNotEqualTo(plain.hash());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"bytelevel", "llama3", "bloom", "metaspace"})
    void offsets_point_into_the_text(String kind) {
        String text = "Wow \uD83D\uDC4D\uD83C\uDFFD café, the cat";
        try (Tokenizer tokenizer = golden(kind)) {
            Encoding encoding = tokenizer.encode(text, true);
            int covered = 0;
            for (int i = 0; i < encoding.length(); i++) {
                assertThat(encoding.starts()[i]).isBetween(0, covered);
                assertThat(encoding.ends()[i]).isBetween(encoding.starts()[i], text.length());
                covered = Math.max(covered, encoding.ends()[i]);
            }
            assertThat(covered).isEqualTo(text.length());
            int last = encoding.length() - 1;
            assertThat(text.substring(encoding.starts()[last], encoding.ends()[last]))
                    .isEqualTo(" cat");
        }
    }

    @Test
    void half_characters_do_no_harm() {
        try (Tokenizer tokenizer = golden("bytelevel")) {
            Encoding encoding = tokenizer.encode("a\uD83D b", false);
            assertThat(tokenizer.decode(encoding.ids(), false)).isEqualTo("a\uFFFD b");
            assertThat(encoding.ends()[encoding.length() - 1]).isEqualTo(4);
        }
    }

    @Test
    void threads_may_share_it() {
        try (Tokenizer tokenizer = golden("metaspace")) {
            int[] wanted = tokenizer.encode("The cat sat on the mat.", true).ids();
            assertThat(IntStream.range(0, 400)
                            .parallel()
                            .allMatch(i -> Arrays.equals(
                                    wanted,
                                    tokenizer
                                            .encode("The cat sat on the mat.", true)
                                            .ids())))
                    .isTrue();
        }
    }

    @Test
    void finds_special_tokens_in_each_file() throws IOException {
        copy("tokenizer.json");
        try (Tokenizer none = Tokenizer.open(folder)) {
            assertThat(none.special()).isEqualTo(new SpecialTokens(null, null, null));
            assertThatThrownBy(none::eos).isInstanceOf(UserError.class).hasMessageContaining("eos_token");
        }
        Files.writeString(
                folder.resolve("config.json"),
                "{\"bos_token_id\": 1, \"eos_token_id\": [7, 8], \"pad_token_id\": null}");
        try (Tokenizer ids = Tokenizer.open(folder)) {
            assertThat(ids.special()).isEqualTo(new SpecialTokens(1, 7, null));
        }
        Files.writeString(folder.resolve("special_tokens_map.json"), "{\"eos_token\": {\"content\": \"<|im_end|>\"}}");
        try (Tokenizer map = Tokenizer.open(folder)) {
            assertThat(map.eos()).isEqualTo(map.id("<|im_end|>").getAsInt());
            assertThat(map.isSpecial(map.eos())).isTrue();
        }
        Files.writeString(folder.resolve("tokenizer_config.json"), "{\"eos_token\": \"</s>\"}");
        assertThatThrownBy(() -> Tokenizer.open(folder))
                .isInstanceOf(UserError.class)
                .hasMessageContainingAll("tokenizer_config.json", "eos_token is `</s>`", "does not know");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "[]",
                "{}",
                "{\"model\": {\"vocab\": {\"a\": 0}}}",
                "{\"model\": {\"type\": \"X\", \"vocab\": {}}}"
            })
    void explains_damaged_files(String content) throws IOException {
        Files.writeString(folder.resolve("tokenizer.json"), content);
        assertThatThrownBy(() -> Tokenizer.open(folder))
                .isInstanceOfSatisfying(
                        UserError.class, e -> assertThat(e.code()).isEqualTo(ExitCode.CONFIG_OR_DATA))
                .hasMessageContaining("tokenizer.json");
    }

    @Test
    void explains_a_missing_file() {
        assertThatThrownBy(() -> Tokenizer.open(folder))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("tokenizer.json: no such file");
    }
}
