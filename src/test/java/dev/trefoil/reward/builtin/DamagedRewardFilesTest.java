package dev.trefoil.reward.builtin;

import dev.trefoil.Survival;
import dev.trefoil.TinyClassifier;
import dev.trefoil.reward.RewardSample;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The files that a reward model names, under random damage. */
class DamagedRewardFilesTest {

    private static final List<RewardSample> ONE = List.of(RewardSample.of("The film", " was not a joy to watch."));

    @TempDir
    private Path folder;

    @Test
    void words_of_a_lexicon() throws IOException {
        Path words = Files.writeString(
                folder.resolve("words.tsv"), "# words\njoy\t2.5\nnot bad\t1\ndull\t-1.5\nwaste of time\t-3e0\n");
        Survival.ofFile(words, true, Lexicon::read);
    }

    @Test
    void prompt_of_a_judge() throws IOException {
        Path prompt = Files.writeString(
                folder.resolve("prompt.txt"), "Rate the answer {response} to {prompt} from {low} to 10.\n");
        Options options = new Options(Map.of("prompt_file", "prompt.txt"));
        Survival.ofFile(prompt, true, damaged -> {
            try {
                JudgePrompt.read(options, folder).about(ONE.get(0));
            } catch (IllegalArgumentException lacksThePlace) {
                throw dev.trefoil.UserError.data(lacksThePlace.getMessage());
            }
        });
    }

    @Test
    void head_and_labels_of_a_classifier() throws IOException {
        TinyClassifier.prepare(folder.resolve("published"), folder.resolve("base"));
        RewardModels models = RewardModels.in(Path.of("reward-models"));
        Map<String, Object> values =
                Map.of("kind", "classifier", "base", "base", "label", "good", "engine", Map.of("compute", "fp32"));
        for (String name : List.of("score.safetensors", "config.json")) {
            Path file = folder.resolve("base").resolve(name);
            file.toFile().setWritable(true);
            Survival.ofFile(
                    file,
                    name.endsWith("json"),
                    2,
                    damaged -> models.open("classifier", "here.yaml", values, folder)
                            .close());
        }
    }
}
