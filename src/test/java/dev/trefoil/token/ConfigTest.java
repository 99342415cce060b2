package dev.trefoil.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trefoil.UserError;
import dev.trefoil.config.ConfigExplain;
import dev.trefoil.config.ConfigReader;
import dev.trefoil.data.DataConfig;
import dev.trefoil.data.PairConfig;
import dev.trefoil.data.Replacement;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The config records of data and token as YAML. */
class ConfigTest {

    @TempDir
    Path folder;

    record Stage(DataConfig data, PackingConfig packing, PreferenceConfig preference, PromptConfig prompt) {
        static Stage defaults() {
            return new Stage(
                    DataConfig.defaults(),
                    PackingConfig.defaults(),
                    PreferenceConfig.defaults(),
                    PromptConfig.defaults());
        }
    }

    private Stage read(String yaml) throws IOException {
        return ConfigReader.read(Files.writeString(folder.resolve("stage.yaml"), yaml), Stage.class);
    }

    @Test
    void reads_all_sections() throws IOException {
        Stage stage = read("""
                data:
                  path: train.jsonl
                  template: {text: "Review: {review}"}
                  replace: [{from: "<br />", to: "\\n"}]
                  filter: {stars: 9}
                  pairs: {positive: good, negative: bad}
                  min_chars: 200
                packing: {mode: none, length: 512, keep: end}
                preference: {truncate: prompt-left, length: 192}
                prompt: {take: beginning, min_tokens: 8, max_tokens: 8}
                """);
        assertThat(stage.data())
                .isEqualTo(DataConfig.of("train.jsonl")
                        .withTemplate(Map.of("text", "Review: {review}"))
                        .withReplace(List.of(new Replacement("<br />", "\n")))
                        .withFilter(Map.of("stars", "9"))
                        .withPairs(new PairConfig("good", "bad", 0, null))
                        .withChars(200, null));
        assertThat(stage.packing())
                .isEqualTo(PackingConfig.defaults()
                        .withMode(PackingConfig.Mode.NONE)
                        .withLength(512)
                        .withKeep(PackingConfig.Keep.END));
        assertThat(stage.preference()).isEqualTo(new PreferenceConfig(192, PreferenceConfig.Truncate.PROMPT_LEFT));
        assertThat(stage.prompt()).isEqualTo(PromptConfig.beginning(8, 8));
    }

    @Test
    void reports_each_fault_with_its_line() {
        assertThatThrownBy(() -> read("""
                        data:
                          columns: {txt: review}
                          pth: a.jsonl
                        packing: {length: 1, mode: concta}
                        prompt: {min_tokens: 9, max_tokens: 8}
                        """))
                .isInstanceOf(UserError.class)
                .hasMessageContainingAll(
                        "stage.yaml:3", "pth", "did you mean", "stage.yaml:4", "concat", "stage.yaml:5");
        assertThatThrownBy(() -> read("data: {path: a.jsonl, columns: {txt: review}}"))
                .isInstanceOf(UserError.class)
                .hasMessageContainingAll("stage.yaml:1", "data.columns.txt", "did you mean text?");
        assertThatThrownBy(() -> read("data: {limit: 3}"))
                .hasMessageContaining("data.path")
                .hasMessageContaining("missing");
    }

    @Test
    void explains_every_key() {
        assertThat(ConfigExplain.text(Stage.class)).contains("min_chars", "boundaries", "truncate", "max_tokens");
    }
}
