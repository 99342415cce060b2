package dev.trefoil.stage.ppo;

import dev.trefoil.eval.TextVariety;
import dev.trefoil.rl.RunningMoments;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The metrics of one step, under TRL's names, in the order in which a person reads them. */
final class PpoMetrics {

    private static final double NANOS = 1e9;

    private PpoMetrics() {}

    /** Numbers of one step that stand in no bundle. Times are nanoseconds. */
    record Step(Judge.Verdict verdict, double[] scores, boolean[] ended, double beta, long episodes, Times times) {}

    /** Wall time of the parts of a step, in nanoseconds. */
    record Times(long start, long generated, long judged, long read, long computed, long updated) {}

    static Map<String, Double> of(Step step, Experience experience, PpoUpdate.Outcome outcome) {
        Map<String, Double> metrics = new LinkedHashMap<>();
        metrics.put("env/reward_mean", RunningMoments.mean(step.verdict().scores()));
        metrics.put("env/reward_std", RunningMoments.std(step.verdict().scores()));
        metrics.putAll(step.verdict().metrics());
        objective(metrics, step, experience);
        metrics.putAll(outcome.mean().metrics());
        metrics.put("ppo/learning_rate", outcome.learningRate());
        metrics.put("grad_norm", outcome.gradNorm());
        metrics.put("ppo/policy/ratio_first", Math.exp(outcome.firstLogRatio()));
        metrics.put("ppo/policy/guarded", (double) outcome.guarded());
        metrics.put("ppo/updates", (double) outcome.updates());
        metrics.put("ppo/val/num_eos_tokens", (double) count(step.ended()));
        lengths(metrics, experience.sequences());
        metrics.put("episode", (double) step.episodes());
        times(metrics, step.times(), experience.sequences());
        return metrics;
    }

    private static void objective(Map<String, Double> metrics, Step step, Experience experience) {
        // Summed over a response in both eras, unlike classic TRL's mean_non_score_reward.
        double summedKlReward = -step.beta() * total(experience.rewards().kl(), experience) / step.scores().length;
        metrics.put("ppo/mean_scores", RunningMoments.mean(step.scores()));
        metrics.put("ppo/std_scores", RunningMoments.std(step.scores()));
        metrics.put("ppo/mean_non_score_reward", experience.rewards().nonScoreReward());
        metrics.put("objective/kl", experience.rewards().objectiveKl());
        metrics.put("objective/kl_coef", step.beta());
        metrics.put("objective/entropy", experience.rewards().entropy());
        metrics.put("objective/scores", RunningMoments.mean(step.scores()));
        metrics.put("objective/non_score_reward", summedKlReward);
        metrics.put("objective/rlhf_reward", RunningMoments.mean(step.scores()) + summedKlReward);
        metrics.put(
                "objective/logprobs",
                experience.tokenMean(experience.trajectory().logProbs()));
        metrics.put(
                "objective/ref_logprobs",
                experience.tokenMean(experience.trajectory().referenceLogProbs()));
    }

    private static double total(double[][] kl, Experience experience) {
        return experience.tokenMean(kl) * experience.trajectory().policyTokens();
    }

    private static void lengths(Map<String, Double> metrics, Sequences sequences) {
        double[] prompts = lengths(sequences.prompts());
        double[] responses = lengths(sequences.responses());
        metrics.put("tokens/queries_len_mean", RunningMoments.mean(prompts));
        metrics.put("tokens/queries_len_std", RunningMoments.std(prompts));
        metrics.put("tokens/responses_len_mean", RunningMoments.mean(responses));
        metrics.put("tokens/responses_len_std", RunningMoments.std(responses));
        metrics.put(
                "tokens/distinct_bigrams",
                TextVariety.ofTokens(sequences.responses()).distinctBigrams());
    }

    private static double[] lengths(List<int[]> rows) {
        return rows.stream().mapToDouble(row -> row.length).toArray();
    }

    private static void times(Map<String, Double> metrics, Times times, Sequences sequences) {
        double total = (times.updated() - times.start()) / NANOS;
        metrics.put("time/ppo/generate", (times.generated() - times.start()) / NANOS);
        metrics.put("time/ppo/score", (times.judged() - times.generated()) / NANOS);
        metrics.put("time/ppo/forward_pass", (times.read() - times.judged()) / NANOS);
        metrics.put("time/ppo/compute_rewards", (times.computed() - times.read()) / NANOS);
        metrics.put("time/ppo/optimize_step", (times.updated() - times.computed()) / NANOS);
        metrics.put("time/ppo/total", total);
        metrics.put("tokens_per_second", total == 0 ? 0 : sequences.responseTokens() / total);
    }

    private static int count(boolean[] ended) {
        int count = 0;
        for (boolean one : ended) {
            count += one ? 1 : 0;
        }
        return count;
    }
}
