package dev.trefoil.report;

import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The tags under which TRL's event files have a metric, so that both can be laid over each other in TensorBoard.
 *
 * <p>SFTTrainer and RewardTrainer log through the Trainer of transformers, which puts {@code train/} before a name and makes
 * {@code eval_loss} of an evaluation {@code eval/loss}. The PPOTrainer up to TRL 0.11 logs names that have their group already
 * ({@code ppo/policy/clipfrac}); the one from 0.12 on has other names and goes through the Trainer too ({@code
 * train/policy/clipfrac_avg}). A quantity that both have stands under both tags.
 */
final class EventTags {

    private static final String EVALUATION = "eval_";
    private static final Set<String> OWN_GROUPS = Set.of("env", "objective", "ppo", "tokens", "time", "judge");

    /** Metric to its name in the newer PPOTrainer, where the older one has it too. */
    private static final Map<String, String> NEWER = Map.ofEntries(
            Map.entry("objective/kl", "objective/kl"),
            Map.entry("objective/entropy", "objective/entropy"),
            Map.entry("ppo/policy/approxkl", "policy/approxkl_avg"),
            Map.entry("ppo/policy/clipfrac", "policy/clipfrac_avg"),
            Map.entry("ppo/policy/entropy", "policy/entropy_avg"),
            Map.entry("ppo/loss/policy", "loss/policy_avg"),
            Map.entry("ppo/loss/value", "loss/value_avg"),
            Map.entry("ppo/val/clipfrac", "val/clipfrac_avg"),
            Map.entry("ppo/policy/ratio", "val/ratio"),
            Map.entry("ppo/learning_rate", "lr"));

    /** Metric to its name in the newer PPOTrainer, where the older one has no such quantity. */
    private static final Map<String, String> NEWER_ONLY = Map.of(
            "objective/scores", "objective/scores",
            "objective/rlhf_reward", "objective/rlhf_reward",
            "objective/non_score_reward", "objective/non_score_reward",
            "ppo/val/num_eos_tokens", "val/num_eos_tokens");

    private EventTags() {}

    /** One or two tags. */
    static List<String> of(String metric) {
        if (metric.startsWith(EVALUATION)) {
            return List.of("eval/" + metric.substring(EVALUATION.length()));
        }
        if (NEWER_ONLY.containsKey(metric)) {
            return List.of("train/" + NEWER_ONLY.get(metric));
        }
        int slash = metric.indexOf('/');
        String plain = slash > 0 && OWN_GROUPS.contains(metric.substring(0, slash)) ? metric : "train/" + metric;
        return NEWER.containsKey(metric) ? List.of(plain, "train/" + NEWER.get(metric)) : List.of(plain);
    }
}
