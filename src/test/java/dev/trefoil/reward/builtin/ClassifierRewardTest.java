package dev.trefoil.reward.builtin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.trefoil.TinyClassifier;
import dev.trefoil.UserError;
import dev.trefoil.artifact.SafeTensorsFile;
import dev.trefoil.prepare.Prepare;
import dev.trefoil.prepare.PrepareOptions;
import dev.trefoil.prepare.PrepareProgress;
import dev.trefoil.quant.Precision;
import dev.trefoil.reward.RewardModel;
import dev.trefoil.reward.RewardSample;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClassifierRewardTest {

    private static final List<RewardSample> TEXTS = List.of(
            RewardSample.of("The film", " was a joy to watch."), RewardSample.of("", ""), RewardSample.of("A", " b"));

    @TempDir
    static Path folder;

    /** Two outputs. */
    @BeforeAll
    static void publish() {
        TinyClassifier.prepare(folder.resolve("published"), folder.resolve("base"));
    }

    @Test
    void an_output_is_chosen_by_name_or_number_and_a_difference_is_a_difference() throws Exception {
        double[] good = scores(Map.of("label", "good"));
        double[] number = scores(Map.of("label", 1));
        double[] bad = scores(Map.of("label", "bad"));
        double[] margin = scores(Map.of("label", "good", "minus", "bad"));
        assertThat(number).isEqualTo(good);
        for (int i = 0; i < good.length; i++) {
            assertThat(margin[i]).isCloseTo(good[i] - bad[i], within(1e-4));
            assertThat(good[i]).isNotEqualTo(bad[i]);
        }
        assertThat(good[0]).isNotEqualTo(good[2]);
    }

    @Test
    void long_texts_are_cut_at_the_end_or_the_beginning() throws Exception {
        double[] right = scores(Map.of("label", 1, "max_length", 3));
        double[] left = scores(Map.of("label", 1, "max_length", 3, "cut", "left"));
        assertThat(right[0]).isNotEqualTo(left[0]);
        assertThat(right[2]).isCloseTo(left[2], within(1e-4));
    }

    @Test
    void faults_say_what_is_there() {
        assertThatThrownBy(() -> open(Map.of()))
                .isInstanceOf(UserError.class)
                .hasMessageContainingAll("label: was ''", "2 outputs", "[bad, good]");
        assertThatThrownBy(() -> open(Map.of("label", "god"))).hasMessageContaining("did you mean 'good'?");
        assertThatThrownBy(() -> open(Map.of("label", 0, "head", "absent.safetensors")))
                .hasMessageContainingAll("absent.safetensors", "ForSequenceClassification");
        assertThatThrownBy(() -> open(Map.of("label", 0, "base", "nowhere"))).hasMessageContaining("is no base store");
    }

    /** transformers' and PEFT's own scores, over a tokenizer whose words are the ids. */
    @Test
    void the_scores_are_those_of_transformers() throws Exception {
        Path golden = Path.of("src/test/resources/golden/reward_llama");
        Path published = Files.createDirectories(folder.resolve("golden"));
        for (String file : List.of("config.json", "model.safetensors")) {
            Files.copy(golden.resolve("model").resolve(file), published.resolve(file));
        }
        Files.writeString(published.resolve("tokenizer.json"), wordTokenizer(160));
        Path base = folder.resolve("golden-base");
        Prepare.run(published, base, PrepareOptions.of(Precision.FP32), PrepareProgress.silent());
        try (SafeTensorsFile data = SafeTensorsFile.open(golden.resolve("data.safetensors"))) {
            List<RewardSample> texts = texts(data);
            String adapter = golden.resolve("adapter").toAbsolutePath().toString();
            assertThat(scores(Map.of("base", "golden-base"), texts))
                    .containsExactly(wide(data, "scores_base"), within(1e-4));
            assertThat(scores(Map.of("base", "golden-base", "adapter", adapter), texts))
                    .containsExactly(wide(data, "scores"), within(1e-4));
        }
    }

    private static List<RewardSample> texts(SafeTensorsFile data) {
        long[] ids = data.longs("in.input_ids");
        long[] last = data.longs("in.last_token");
        int columns = ids.length / last.length;
        List<RewardSample> texts = new ArrayList<>();
        for (int row = 0; row < last.length; row++) {
            StringBuilder text = new StringBuilder();
            for (int i = 0; i <= last[row]; i++) {
                text.append(" w").append(ids[row * columns + i]);
            }
            texts.add(RewardSample.of("", text.toString()));
        }
        return texts;
    }

    private static double[] wide(SafeTensorsFile data, String name) {
        float[] values = data.floats(name);
        double[] wide = new double[values.length];
        for (int i = 0; i < wide.length; i++) {
            wide[i] = values[i];
        }
        return wide;
    }

    private static String wordTokenizer(int words) {
        StringBuilder vocabulary = new StringBuilder();
        for (int i = 0; i < words; i++) {
            vocabulary
                    .append(i == 0 ? "" : ",")
                    .append("\"w")
                    .append(i)
                    .append("\":")
                    .append(i);
        }
        return "{\"version\": \"1.0\", \"truncation\": null, \"padding\": null, \"added_tokens\": [], \"normalizer\": null,"
                + " \"pre_tokenizer\": {\"type\": \"WhitespaceSplit\"}, \"post_processor\": null, \"decoder\": null,"
                + " \"model\": {\"type\": \"WordLevel\", \"unk_token\": \"w0\", \"vocab\": {" + vocabulary + "}}}";
    }

    private static RewardModel open(Map<String, Object> more) {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("kind", "classifier");
        values.put("base", "base");
        values.put("engine", Map.of("compute", "fp32"));
        values.putAll(more);
        return RewardModels.in(Path.of("reward-models")).open("classifier", "here.yaml", values, folder);
    }

    private static double[] scores(Map<String, Object> more) throws Exception {
        return scores(more, TEXTS);
    }

    private static double[] scores(Map<String, Object> more, List<RewardSample> texts) throws Exception {
        try (RewardModel model = open(more)) {
            return model.score(texts).stream()
                    .mapToDouble(score -> score.score())
                    .toArray();
        }
    }
}
