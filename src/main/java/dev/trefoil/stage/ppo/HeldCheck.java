package dev.trefoil.stage.ppo;

import dev.trefoil.eval.BestOfN;
import dev.trefoil.eval.TextVariety;
import dev.trefoil.generate.SampleKey;
import dev.trefoil.rl.RunningMoments;
import dev.trefoil.token.PromptRow;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Answers held prompts with the same random numbers each time, and says how good, how far from the reference and how varied. */
final class HeldCheck {

    private final List<PromptRow> prompts;
    private final int distinctPrompts;
    private final int rowsAtOnce;
    private final SampleKey key;
    private final Judge reward;
    private final Judge second;

    /**
     * @param prompts each is answered {@code options.samples()} times
     * @param second another reward model, or null
     */
    HeldCheck(List<PromptRow> prompts, HeldOptions options, int rowsAtOnce, Judge reward, Judge second) {
        List<PromptRow> repeated = new ArrayList<>();
        prompts.forEach(prompt -> {
            for (int i = 0; i < options.samples(); i++) {
                repeated.add(prompt);
            }
        });
        this.prompts = List.copyOf(repeated);
        this.distinctPrompts = prompts.size();
        this.rowsAtOnce = rowsAtOnce;
        this.key = new SampleKey(options.seed(), "held", 0, 0);
        this.reward = reward;
        this.second = second;
    }

    /** Metrics of the glossary with eval_ before them. */
    Map<String, Double> run(PpoRoles roles, Rollouts rollouts) {
        Rollouts.Answers answers = rollouts.answer(roles.policy(), prompts, key);
        Sequences sequences = answers.sequences();
        double kl = 0;
        for (int[] part : MiniBatches.cut(sequences.size(), rowsAtOnce)) {
            for (double one : roles.klPerResponse(sequences.rows(part))) {
                kl += one;
            }
        }
        Map<String, Double> metrics = new LinkedHashMap<>();
        Judge.Verdict verdict = reward.look(answers.samples());
        put(metrics, "eval_env/reward", verdict);
        putBest(metrics, verdict);
        metrics.put("eval_objective/kl", kl / sequences.size());
        metrics.put(
                "eval_tokens/distinct_bigrams",
                TextVariety.ofTokens(sequences.responses()).distinctBigrams());
        metrics.put("eval_tokens/responses_len_mean", (double) sequences.responseTokens() / sequences.size());
        if (second != null) {
            put(metrics, "eval_judge/reward", second.look(answers.samples()));
        }
        return metrics;
    }

    /** Nothing with one response a prompt. Before training it is the reference's: what PPO must beat. */
    private void putBest(Map<String, Double> metrics, Judge.Verdict verdict) {
        int responses = prompts.size() / distinctPrompts;
        List<double[]> scores = new ArrayList<>();
        for (int first = 0; first < prompts.size(); first += responses) {
            scores.add(IntStream.range(first, first + responses)
                    .mapToDouble(verdict::score)
                    .toArray());
        }
        double best = BestOfN.of(scores, responses).get(0).meanReward();
        if (responses > 1 && Double.isFinite(best)) {
            metrics.put("eval_env/reward_best_of_n", best);
        }
    }

    /** Over the responses that have a score; nothing when none has. */
    private static void put(Map<String, Double> metrics, String name, Judge.Verdict verdict) {
        if (verdict.kept().length > 0) {
            metrics.put(name + "_mean", RunningMoments.mean(verdict.scores()));
            metrics.put(name + "_std", RunningMoments.std(verdict.scores()));
        }
        if (verdict.dropped() > 0) {
            metrics.put(name + "_dropped", (double) verdict.dropped());
        }
    }

    String describe() {
        return distinctPrompts + " held prompts, " + prompts.size() / distinctPrompts + " responses each";
    }
}
