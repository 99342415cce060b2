package dev.trefoil.report;

import java.util.List;

/** The entries of the glossary by topic. */
final class MetricTables {

    private MetricTables() {}

    private static Metric metric(String name, String label, String unit, String meaning) {
        return new Metric(name, label, unit, meaning);
    }

    /** Supervised and reward training (SFTTrainer, RewardTrainer). */
    static List<Metric> training() {
        return List.of(
                metric(
                        "loss",
                        "loss",
                        "nats",
                        "Training loss of the step, a mean over the tokens or pairs that count."),
                metric("eval_loss", "eval loss", "nats", "The same loss on the evaluation data, without dropout."),
                metric("eval_perplexity", "perplexity", "1", "exp of the evaluation loss per token; 1 is certainty."),
                metric("learning_rate", "lr", "1", "Step size of the optimiser that this step used."),
                metric("grad_norm", "grad norm", "1", "Length of the whole gradient before clipping."),
                metric("epoch", "epoch", "epochs", "How often the training data has been gone through."),
                metric("num_tokens", "tokens", "tokens", "Tokens that the model has read in training so far."),
                metric("entropy", "entropy", "nats", "Mean entropy of the model's next-token distribution."),
                metric("mean_token_accuracy", "token acc", "share", "Share of label tokens that were the likeliest."),
                metric("accuracy", "accuracy", "share", "Share of pairs whose chosen text scores above the rejected."),
                metric("margin", "margin", "1", "Mean of chosen score minus rejected score."),
                metric("min_reward", "min reward", "1", "Smallest score in the batch."),
                metric("mean_reward", "mean reward", "1", "Mean score in the batch; drifts unless centred."),
                metric("max_reward", "max reward", "1", "Largest score in the batch."),
                metric("rewards/chosen", "chosen", "1", "Mean score of the chosen texts."),
                metric("rewards/rejected", "rejected", "1", "Mean score of the rejected texts."),
                metric(
                        "rewards/accuracies",
                        "accuracy",
                        "share",
                        "Accuracy under the name of TRL's preference trainers."),
                metric("rewards/margins", "margin", "1", "Margin under the name of TRL's preference trainers."));
    }

    /** PPO: what is maximised and what holds it back. */
    static List<Metric> ppoObjective() {
        return List.of(
                metric(
                        "env/reward_mean",
                        "reward",
                        "1",
                        "Mean score of the reward model this step; the curve that should rise."),
                metric(
                        "env/reward_best_of_n",
                        "best of n",
                        "1",
                        "Mean over held prompts of the best of its eval.samples responses; before training, what PPO must beat."),
                metric(
                        "env/reward_std",
                        "reward std",
                        "1",
                        "Spread of these scores; near 0 means nothing to learn from."),
                metric(
                        "env/reward_dropped",
                        "dropped",
                        "responses",
                        "Left out of this step because the reward model has no score for them (on_failure: drop)."),
                metric(
                        "env/reward_failures",
                        "failures",
                        "responses",
                        "Times a score was missing in this step, also where asking again brought it."),
                metric("env/reward_retries", "retries", "responses", "Asked for again after a failure, in this step."),
                metric(
                        "env/reward_restarts",
                        "restarts",
                        "programs",
                        "Reward programs that died in this step and were started again."),
                metric("env/reward_cache_hits", "cache hits", "responses", "Scores that were known from before."),
                metric(
                        "ppo/mean_scores",
                        "score",
                        "1",
                        "Mean score after scaling and clipping, as the update sees it."),
                metric("ppo/std_scores", "score std", "1", "Spread of these scores."),
                metric(
                        "ppo/mean_non_score_reward",
                        "KL reward",
                        "1",
                        "Mean per-token reward that is not score: -coefficient x KL."),
                metric(
                        "objective/kl",
                        "KL",
                        "nats",
                        "Mean over responses of the summed log-ratio of policy to reference; 0 at the start."),
                metric(
                        "objective/kl_coef",
                        "KL coef",
                        "1",
                        "Factor of the KL penalty; an adaptive controller moves it."),
                metric(
                        "objective/entropy",
                        "entropy",
                        "nats",
                        "Mean over responses of summed -log-probability; a fall to 0 is collapse."),
                metric("objective/scores", "score", "1", "Mean score of the reward model (name of TRL's newer PPO)."),
                metric("objective/rlhf_reward", "rlhf reward", "1", "Score plus summed KL reward: what PPO maximises."),
                metric(
                        "objective/non_score_reward",
                        "KL reward",
                        "1",
                        "Summed KL reward of a response, mean over responses."),
                metric(
                        "objective/logprobs",
                        "logprob",
                        "nats",
                        "Mean log-probability of response tokens under the policy."),
                metric("objective/ref_logprobs", "ref logprob", "nats", "The same tokens under the reference."));
    }

    /** PPO: what the update did. */
    static List<Metric> ppoUpdate() {
        return List.of(
                metric(
                        "ppo/loss/policy",
                        "policy loss",
                        "1",
                        "Clipped policy loss, mean over tokens; near 0 by design."),
                metric(
                        "ppo/loss/value",
                        "value loss",
                        "1",
                        "Clipped squared error of the value head against the returns."),
                metric("ppo/loss/total", "loss", "1", "Policy loss plus coefficient x value loss."),
                metric(
                        "ppo/policy/entropy",
                        "entropy/token",
                        "nats",
                        "Entropy of the policy's next-token distribution per token."),
                metric(
                        "ppo/policy/approxkl",
                        "approx KL",
                        "nats",
                        "Half the mean squared log-ratio of new to old policy."),
                metric(
                        "ppo/policy/policykl",
                        "policy KL",
                        "nats",
                        "Mean log-ratio of old to new policy; the target-KL stop looks here."),
                metric(
                        "ppo/policy/clipfrac",
                        "clipped",
                        "share",
                        "Share of tokens whose ratio was clipped; above 0.3 is hasty."),
                metric(
                        "ppo/policy/ratio",
                        "ratio",
                        "1",
                        "Mean probability ratio of new to old policy; exactly 1 at first."),
                metric("ppo/policy/ratio_max", "ratio max", "1", "Largest probability ratio of a response token."),
                metric(
                        "ppo/policy/ratio_first",
                        "first ratio",
                        "1",
                        "Largest ratio in a rollout's first mini-batch, before any update; exactly 1 in a sound run."),
                metric(
                        "ppo/policy/guarded",
                        "guarded",
                        "mini-batches",
                        "Mini-batches left out because their mean ratio was above the threshold."),
                metric("ppo/updates", "updates", "steps", "Optimiser steps taken on this rollout."),
                metric("ppo/policy/advantages_mean", "advantage", "1", "Mean advantage; 0 after whitening."),
                metric("episode", "episodes", "episodes", "Responses sampled so far."),
                metric(
                        "judge/reward_mean",
                        "judge",
                        "1",
                        "Mean score of a second reward model, which training does not see."),
                metric("ppo/returns/mean", "return", "1", "Mean return, the target of the value head."),
                metric("ppo/returns/var", "return var", "1", "Variance of the returns."),
                metric("ppo/val/vpred", "value", "1", "Mean prediction of the value head in the update."),
                metric("ppo/val/mean", "old value", "1", "Mean prediction at rollout time."),
                metric("ppo/val/var", "value var", "1", "Variance of the predictions at rollout time."),
                metric("ppo/val/error", "value error", "1", "Mean squared error of value against return, unclipped."),
                metric("ppo/val/clipfrac", "value clipped", "share", "Share of tokens whose value loss was clipped."),
                metric(
                        "ppo/val/var_explained",
                        "var explained",
                        "share",
                        "1 - error / variance of returns; below 0 is worse than a constant."),
                metric("ppo/learning_rate", "lr", "1", "Step size of the optimiser that this step used."),
                metric("ppo/val/num_eos_tokens", "EOS", "tokens", "Responses of the batch that ended by themselves."));
    }

    /** Lengths, speeds and durations. */
    static List<Metric> lengthsAndTimes() {
        return List.of(
                metric("tokens/queries_len_mean", "prompt len", "tokens", "Mean length of the prompts."),
                metric("tokens/queries_len_std", "prompt len std", "tokens", "Spread of these lengths."),
                metric(
                        "tokens/responses_len_mean",
                        "length",
                        "tokens",
                        "Mean length of the responses; a drift often explains the reward."),
                metric("tokens/responses_len_std", "length std", "tokens", "Spread of these lengths."),
                metric(
                        "tokens/distinct_bigrams",
                        "distinct 2",
                        "share",
                        "Distinct word pairs over all word pairs; a fall shows repetition."),
                metric(
                        "doctor/fired",
                        "doctor",
                        "rules",
                        "Rules of the doctor that have fired so far; see doctor.jsonl."),
                metric("skipped_steps", "skipped", "steps", "Steps skipped because loss or gradient was not finite."),
                metric("tokens_per_second", "tokens/s", "tokens/s", "Tokens read or written per second of this step."),
                metric(
                        "memory/own_bytes",
                        "own memory",
                        "bytes",
                        "Resident memory of this process alone after the step; mapped files such as the base left out."),
                metric("memory/open_files", "open files", "files", "Files, sockets and pipes open after the step."),
                metric("time/step", "step time", "s", "Wall time of the whole step."),
                metric("time/eval", "eval time", "s", "Wall time of the evaluation after this step."),
                metric("time/ppo/generate", "generate", "s", "Wall time of sampling the responses."),
                metric("time/ppo/score", "score time", "s", "Wall time of the reward model."),
                metric(
                        "time/ppo/forward_pass",
                        "forward",
                        "s",
                        "Wall time of log-probabilities and values under policy and reference."),
                metric("time/ppo/compute_rewards", "rewards", "s", "Wall time of the per-token rewards."),
                metric("time/ppo/compute_advantages", "advantages", "s", "Wall time of advantages and returns."),
                metric("time/ppo/optimize_step", "optimise", "s", "Wall time of all epochs and mini-batches."),
                metric("time/ppo/total", "step time", "s", "Wall time of the PPO step."));
    }
}
