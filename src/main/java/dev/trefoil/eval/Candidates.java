package dev.trefoil.eval;

import dev.trefoil.generate.Generated;
import dev.trefoil.generate.Generator;
import dev.trefoil.generate.SampleKey;
import dev.trefoil.generate.SamplingConfig;
import dev.trefoil.model.Role;
import dev.trefoil.reward.RewardAnswer;
import dev.trefoil.reward.RewardException;
import dev.trefoil.reward.RewardModel;
import dev.trefoil.reward.RewardSample;
import dev.trefoil.token.PromptRow;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Several responses to one prompt, judged.
 *
 * @param prompt what they go on with
 * @param responses [N] texts
 * @param scores [N], NaN for a response that the reward model drops
 */
public record Candidates(PromptRow prompt, List<String> responses, double[] scores) {

    public Candidates {
        responses = List.copyOf(responses);
        scores = scores.clone();
    }

    /**
     * How responses are drawn.
     *
     * @param stopIds tokens that end a response; empty to never stop
     * @param seed of the random numbers; the same seed draws the same responses, however many prompts are read at once
     * @param rowsAtOnce responses drawn together
     */
    public record Drawing(SamplingConfig sampling, int[] stopIds, long seed, int rowsAtOnce) {}

    /**
     * Draws and judges, prompt after prompt.
     *
     * @param count responses for each prompt
     * @throws RewardException when a response has no score and the model's policy does not drop it
     */
    public static List<Candidates> draw(
            Role role, List<PromptRow> prompts, int count, RewardModel reward, Drawing drawing) throws RewardException {
        List<Candidates> all = new ArrayList<>();
        for (int i = 0; i < prompts.size(); i++) {
            PromptRow prompt = prompts.get(i);
            List<int[]> ids = new ArrayList<>();
            for (int n = 0; n < count; n++) {
                ids.add(prompt.ids());
            }
            SampleKey key = new SampleKey(drawing.seed(), "best-of-n", 0, (long) i * count);
            List<RewardSample> samples = new ArrayList<>();
            for (Generated one :
                    Generator.generate(role, ids, drawing.sampling(), drawing.stopIds(), key, drawing.rowsAtOnce())) {
                samples.add(sample(role, prompt, one.tokens()));
            }
            all.add(new Candidates(
                    prompt,
                    samples.stream().map(RewardSample::response).toList(),
                    scores(RewardModel.judged(reward, samples))));
        }
        return all;
    }

    private static RewardSample sample(Role role, PromptRow prompt, int[] response) {
        Map<String, Object> metadata = new LinkedHashMap<>(prompt.metadata());
        metadata.put(
                RewardSample.RESPONSE_TOKENS,
                Arrays.stream(response)
                        .mapToObj(id -> role.base().tokenizer().decode(new int[] {id}, false))
                        .toList());
        return new RewardSample(prompt.text(), prompt.responseText(role.base().tokenizer(), response), metadata);
    }

    private static double[] scores(List<RewardAnswer> answers) throws RewardException {
        double[] scores = new double[answers.size()];
        for (int i = 0; i < scores.length; i++) {
            RewardAnswer answer = answers.get(i);
            if (answer.isMissing() && !answer.dropped()) {
                throw answer.fault();
            }
            scores[i] = answer.isMissing() ? Double.NaN : answer.score().score();
        }
        return scores;
    }

    /** Index of the best response, the first of equals; -1 when none has a score. */
    public int best() {
        int best = -1;
        for (int i = 0; i < scores.length; i++) {
            if (Double.isFinite(scores[i]) && (best < 0 || scores[i] > scores[best])) {
                best = i;
            }
        }
        return best;
    }

    /** A copy. */
    @Override
    public double[] scores() {
        return scores.clone();
    }
}
