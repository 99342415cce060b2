package dev.trefoil.reward.builtin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.trefoil.UserError;
import dev.trefoil.adapter.AdapterStack;
import dev.trefoil.adapter.LoraAdapter;
import dev.trefoil.adapter.PeftFiles;
import dev.trefoil.artifact.SafeTensorsFile;
import dev.trefoil.model.EngineConfig;
import dev.trefoil.model.Role;
import dev.trefoil.model.ScalarHead;
import dev.trefoil.model.SharedBase;
import dev.trefoil.reward.RewardModel;
import dev.trefoil.reward.RewardSample;
import dev.trefoil.reward.RewardScore;
import dev.trefoil.token.Tokenizer;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * A published sequence classifier: a base of its own, a linear head at the last token, perhaps an adapter between them. The score is
 * one output of the head (a logit), or the difference of two.
 */
final class ClassifierReward implements RewardModel {

    /** Where {@code trefoil prepare} puts the head of a classifier. */
    private static final String HEAD_FILE = "score.safetensors";

    private static final String WEIGHT = "score.weight";
    private static final JsonMapper JSON = JsonMapper.builder().build();

    /**
     * How a text is read.
     *
     * @param length most tokens
     * @param keepEnd cut at the beginning instead of the end
     * @param addEos whether the end token follows
     */
    private record Reading(int length, boolean keepEnd, boolean addEos) {}

    private final String name;
    private final Tokenizer tokenizer;
    private final Reading reading;
    private final TextScorer scorer;

    private ClassifierReward(String name, Tokenizer tokenizer, Reading reading, TextScorer scorer) {
        this.name = name;
        this.tokenizer = tokenizer;
        this.reading = reading;
        this.scorer = scorer;
    }

    static RewardModel create(String name, Map<String, Object> values, Path folder) {
        Options options = new Options(values);
        Path base = folder.resolve(options.text("base"));
        Path adapter = options.has("adapter") ? folder.resolve(options.text("adapter")) : null;
        Path head = options.has("head") ? folder.resolve(options.text("head")) : base.resolve(HEAD_FILE);
        EngineConfig engine = RewardBuilder.engine(options);
        int length = options.count("max_length", 512, 2, 1 << 24);
        boolean keepEnd = options.oneOf("cut", List.of("right", "left")).equals("left");
        Reading reading = new Reading(length, keepEnd, options.flag("add_eos", false));
        int rows = options.count("batch_size", 16, 1, 1 << 16);
        String label = options.text("label", "");
        String minus = options.text("minus", "");
        options.done();
        return OwnBase.open(base, engine, shared -> {
            LoraAdapter lora = adapter == null ? null : PeftFiles.read(adapter, shared.sites(), "classifier");
            float[] weights = lora == null || lora.savedModules().isEmpty() ? published(head) : saved(lora);
            List<String> labels = labels(base);
            float[] weight = row(weights, shared.config().shape().hiddenSize(), label, labels, "label");
            if (!minus.isEmpty()) {
                float[] other = row(weights, weight.length, minus, labels, "minus");
                for (int i = 0; i < weight.length; i++) {
                    weight[i] -= other[i];
                }
            }
            AdapterStack stack = AdapterStack.of(shared.sites(), lora == null ? List.of() : List.of(lora), false);
            TextScorer scorer = new TextScorer(Role.of(shared, stack), ScalarHead.frozen("score", weight), rows);
            return new ClassifierReward(name, shared.tokenizer(), fitting(reading, shared), scorer);
        });
    }

    private static Reading fitting(Reading reading, SharedBase base) {
        int most = Math.min(reading.length(), base.config().shape().contextLength());
        return new Reading(most, reading.keepEnd(), reading.addEos());
    }

    /** The head of an adapter, [labels, hidden] row after row. */
    private static float[] saved(LoraAdapter adapter) {
        FloatBuffer values =
                adapter.savedValues(adapter.savedModules().get(0).name()).duplicate();
        float[] copy = new float[values.remaining()];
        values.get(copy);
        return copy;
    }

    private static float[] published(Path file) {
        if (!Files.isRegularFile(file)) {
            throw UserError.data(file + ": is not there, so the classifier has no head; prepare the base again from a"
                    + " ...ForSequenceClassification folder, or name with head: a safetensors file that holds "
                    + WEIGHT);
        }
        try (SafeTensorsFile tensors = SafeTensorsFile.open(file)) {
            if (!tensors.names().contains(WEIGHT)) {
                throw UserError.data(file + ": found the tensors " + tensors.names() + ", wanted " + WEIGHT
                        + " [labels, hidden size]");
            }
            return tensors.floats(WEIGHT);
        }
    }

    /** The names that config.json gives to the outputs, or none. */
    private static List<String> labels(Path base) {
        Path file = base.resolve("config.json");
        List<String> labels = new ArrayList<>();
        try {
            JsonNode names =
                    Files.isRegularFile(file) ? JSON.readTree(file.toFile()).path("id2label") : JSON.createObjectNode();
            while (names.has(Integer.toString(labels.size()))) {
                labels.add(names.get(Integer.toString(labels.size())).asText());
            }
        } catch (IOException unreadable) {
            throw UserError.data(file + ": cannot be read: " + unreadable.getMessage());
        }
        return labels;
    }

    /** The row of the head that a label names by its name or number. */
    private static float[] row(float[] weights, int hidden, String label, List<String> labels, String key) {
        int outputs = weights.length / hidden;
        if (weights.length % hidden != 0 || outputs == 0) {
            throw UserError.contract(
                    "head: holds " + weights.length + " numbers, which are no rows of this base's hidden size " + hidden
                            + "; name the base that the head was trained on");
        }
        int index = labels.indexOf(label);
        if (index < 0 && label.matches("\\d{1,6}")) {
            index = Integer.parseInt(label);
        }
        if (label.isEmpty() && outputs == 1) {
            index = 0;
        }
        if (index < 0 || index >= outputs) {
            throw new IllegalArgumentException(key + ": was '" + label + "'" + Nearest.hint(label, labels)
                    + "; the head has " + outputs + " outputs: a number from 0 to " + (outputs - 1)
                    + (labels.isEmpty() ? "" : " or one of " + labels) + " is wanted");
        }
        return Arrays.copyOfRange(weights, index * hidden, (index + 1) * hidden);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public List<RewardScore> score(List<RewardSample> batch) {
        List<RewardScore> scores = new ArrayList<>();
        for (float score : scorer.scores(batch.stream().map(this::encode).toList())) {
            scores.add(RewardScore.of(score));
        }
        return scores;
    }

    private int[] encode(RewardSample sample) {
        int[] all = tokenizer.encode(sample.prompt() + sample.response(), true).ids();
        int room = reading.length() - (reading.addEos() ? 1 : 0);
        int kept = Math.min(all.length, room);
        int from = reading.keepEnd() ? all.length - kept : 0;
        boolean end = reading.addEos() || kept == 0;
        int[] ids = Arrays.copyOfRange(all, from, from + kept + (end ? 1 : 0));
        if (end) {
            ids[kept] = tokenizer.eos();
        }
        return ids;
    }

    @Override
    public void close() {
        scorer.role().close();
    }
}
