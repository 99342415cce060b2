package dev.trefoil.reward.builtin;

import dev.trefoil.UserError;
import dev.trefoil.adapter.AdapterStack;
import dev.trefoil.adapter.LoraAdapter;
import dev.trefoil.adapter.PeftFiles;
import dev.trefoil.artifact.Artifact;
import dev.trefoil.artifact.Manifest;
import dev.trefoil.config.ConfigReader;
import dev.trefoil.model.Role;
import dev.trefoil.model.ScalarHead;
import dev.trefoil.model.SharedBase;
import dev.trefoil.reward.RewardModel;
import dev.trefoil.reward.RewardSample;
import dev.trefoil.reward.RewardScore;
import dev.trefoil.token.PreferenceConfig;
import dev.trefoil.token.Preferences;
import dev.trefoil.token.Tokenizer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The result of the reward stage as a reward model: its adapter and score head over a base that is open already, which as a rule is
 * the policy's own. The score is read at the last token of prompt, response and end token, under the length rule of the training.
 */
public final class LearnedReward implements RewardModel {

    private static final String ROWS = "rows.yaml";
    private static final String HEAD = "score";
    private static final String ROWS_AT_ONCE = "batch_size";
    private static final int DEFAULT_ROWS_AT_ONCE = 16;

    /** Another machine, number of threads or number format of activations moves scores by hundredths; a lost head by whole numbers. */
    private static final double TOLERANCE = 0.05;

    private final String name;
    private final Tokenizer tokenizer;
    private final PreferenceConfig rows;
    private final TextScorer scorer;

    private LearnedReward(String name, Tokenizer tokenizer, PreferenceConfig rows, TextScorer scorer) {
        this.name = name;
        this.tokenizer = tokenizer;
        this.rows = rows;
        this.scorer = scorer;
    }

    /** Opens artifacts over this base, which stays the caller's. */
    public static ArtifactRewardOpener opener(SharedBase base) {
        return (artifact, options) -> open(base, artifact, options);
    }

    public static LearnedReward open(SharedBase base, Path artifact) {
        return open(base, artifact, Map.of());
    }

    /**
     * Opens a finished reward stage and scores its golden texts again.
     *
     * @param options {@code batch_size}: texts that go through the model at once (16)
     * @throws UserError (contract) if it is no reward model, was trained on another base or tokenizer, or scores its golden texts
     *     otherwise than when it was sealed
     */
    public static LearnedReward open(SharedBase base, Path artifact, Map<String, Object> options) {
        Artifact sealed = Artifact.open(artifact)
                .requireKind(Manifest.REWARD)
                .requireBase(base.hash(), base.folder().toString())
                .requireTokenizer(base.tokenizer().hash(), base.folder().toString());
        LoraAdapter adapter = PeftFiles.read(sealed.adapter(), base.sites(), Manifest.REWARD);
        Role role = Role.of(base, AdapterStack.of(base.sites(), List.of(adapter), false));
        LearnedReward model = new LearnedReward(
                artifact.getFileName().toString(),
                base.tokenizer(),
                rule(base, sealed),
                new TextScorer(role, ScalarHead.over(adapter, HEAD), rowsAtOnce(artifact, options)));
        try {
            model.checkGolden(artifact, sealed.manifest().golden());
            return model;
        } catch (UserError | IllegalArgumentException fault) {
            model.close();
            throw fault;
        }
    }

    private static int rowsAtOnce(Path artifact, Map<String, Object> options) {
        for (Map.Entry<String, Object> option : options.entrySet()) {
            if (!option.getKey().equals(ROWS_AT_ONCE)
                    || !(option.getValue() instanceof Number rows)
                    || rows.intValue() < 1) {
                throw UserError.data(artifact + ": option " + option.getKey() + " was " + option.getValue()
                        + "; a learned reward takes only " + ROWS_AT_ONCE + ", a whole number of at least 1");
            }
        }
        return options.get(ROWS_AT_ONCE) instanceof Number rows ? rows.intValue() : DEFAULT_ROWS_AT_ONCE;
    }

    /** How long texts may be; an artifact that does not say allows what the base does. */
    private static PreferenceConfig rule(SharedBase base, Artifact sealed) {
        Path file = sealed.file(ROWS);
        PreferenceConfig rule = Files.isRegularFile(file)
                ? ConfigReader.read(file, PreferenceConfig.class)
                : new PreferenceConfig(base.config().shape().contextLength(), PreferenceConfig.Truncate.PROMPT_LEFT);
        // A text to be scored cannot be dropped.
        return rule.truncate() == PreferenceConfig.Truncate.DROP
                ? new PreferenceConfig(rule.length(), PreferenceConfig.Truncate.PROMPT_LEFT)
                : rule;
    }

    private void checkGolden(Path artifact, List<Manifest.GoldenScore> golden) {
        for (Manifest.GoldenScore text : golden) {
            float found = scorer.scores(List.of(encode(text.prompt(), text.response())))[0];
            if (!(Math.abs(found - text.score()) <= TOLERANCE + TOLERANCE * Math.abs(text.score()))) {
                throw UserError.contract(String.format(
                        Locale.ROOT,
                        "%s: scores a golden text %.4f, sealed was %.4f; weights, base or arithmetic are not those of the "
                                + "training: use the engine settings of the reward stage, or run it again. The text: %s",
                        artifact,
                        found,
                        text.score(),
                        brief(text.response())));
            }
        }
    }

    private static String brief(String text) {
        String line = text.replaceAll("\\s+", " ").strip();
        return line.length() <= 60 ? line : line.substring(0, 60) + "...";
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public List<RewardScore> score(List<RewardSample> batch) {
        List<int[]> texts = batch.stream()
                .map(sample -> encode(sample.prompt(), sample.response()))
                .toList();
        float[] scores = scorer.scores(texts);
        List<RewardScore> result = new ArrayList<>();
        for (float score : scores) {
            result.add(RewardScore.of(score));
        }
        return result;
    }

    private int[] encode(String prompt, String response) {
        return Preferences.encode(tokenizer, prompt, response, rows);
    }

    @Override
    public void close() {
        scorer.role().close();
    }
}
