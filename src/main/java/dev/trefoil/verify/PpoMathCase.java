package dev.trefoil.verify;

import dev.trefoil.rl.Advantages;
import dev.trefoil.rl.BatchTime;
import dev.trefoil.rl.KlEstimator;
import dev.trefoil.rl.LogitFormulas;
import dev.trefoil.rl.MaskedStatistics;
import dev.trefoil.rl.PpoLoss;
import dev.trefoil.rl.PpoSettings;
import dev.trefoil.rl.PpoStatistics;
import dev.trefoil.rl.Rewards;
import dev.trefoil.rl.Trajectory;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * {@code ppo_math_classic} and {@code ppo_math_v1}: PPO arithmetic on random numbers. Padding is compared too wherever the
 * published code defines it. The expected scalars of the losses are complete, so each that the case has is compared.
 */
public final class PpoMathCase implements CaseCheck {

    private static final List<KlEstimator> CLASSIC_KINDS =
            List.of(KlEstimator.K1, KlEstimator.ABS, KlEstimator.MSE, KlEstimator.K3, KlEstimator.FULL);

    @Override
    public void check(GoldenCase golden, Deviations deviations) {
        Run run = Run.of(golden, deviations);
        if (golden.config().path("variant").asText().equals("classic")) {
            run.classic();
        } else {
            run.v1();
        }
    }

    /** The inputs of one case, [batch, time] and logits flat [batch * time * vocabulary]. */
    private record Run(
            GoldenCase golden,
            Deviations deviations,
            int batch,
            int time,
            int vocabulary,
            double[][] logProbs,
            double[][] reference,
            double[][] values,
            double[] scores) {

        static Run of(GoldenCase golden, Deviations deviations) {
            long[] shape = golden.shape("in.logits");
            int batch = (int) shape[0];
            int time = (int) shape[1];
            float[] scores = golden.floats("in.scores");
            return new Run(
                    golden,
                    deviations,
                    batch,
                    time,
                    (int) shape[2],
                    BatchTime.of(golden.floats("in.logprobs"), batch, time),
                    BatchTime.of(golden.floats("in.ref_logprobs"), batch, time),
                    BatchTime.of(golden.floats("in.values"), batch, time),
                    doubles(scores));
        }

        void classic() {
            boolean[][] mask = BatchTime.mask(golden.mask("in.mask"), batch, time);
            Trajectory trajectory = Trajectory.classic(logProbs, reference, values, mask);
            logitsAgree();
            double beta = golden.setting("kl_coef");
            Rewards plain = null;
            for (KlEstimator estimator : CLASSIC_KINDS) {
                double[][] kl = estimator == KlEstimator.FULL ? fullKl() : estimator.perToken(logProbs, reference);
                Rewards rewards = Rewards.of(trajectory, kl, scores, beta);
                String kind = estimator == KlEstimator.K1 ? "kl" : estimator.published();
                deviations.compare(kind + ".kl", BatchTime.flat(kl));
                deviations.compare(kind + ".rewards", BatchTime.flat(rewards.perToken()));
                deviations.scalar(kind + ".objective_kl", rewards.objectiveKl());
                deviations.scalar(kind + ".mean_non_score_reward", rewards.nonScoreReward());
                if (estimator == KlEstimator.K1) {
                    plain = rewards;
                    deviations.scalar("objective_entropy", rewards.entropy());
                }
            }
            losses("", trajectory, plain, false);
            losses("whiten_rewards.", trajectory, plain, true);
        }

        void v1() {
            int[] last = golden.ints("in.sequence_lengths");
            Trajectory trajectory = Trajectory.v1(logProbs, reference, values, last);
            logitsAgree();
            deviations.exact("padding_mask", padding(trajectory.policyMask()), golden.longs("padding_mask"));
            deviations.exact("padding_mask_p1", padding(trajectory.valueMask()), golden.longs("padding_mask_p1"));
            deviations.compare("logprobs_filled", BatchTime.flat(trajectory.logProbs()));
            deviations.compare("values_filled", BatchTime.flat(trajectory.values()));
            for (KlEstimator estimator : List.of(KlEstimator.K1, KlEstimator.K3)) {
                Rewards rewards = Rewards.of(trajectory, estimator, scores, golden.setting("kl_coef"));
                String kind = estimator.published() + ".";
                deviations.compare(kind + "kl", BatchTime.flat(rewards.kl()));
                deviations.compare(kind + "rewards", BatchTime.flat(rewards.perToken()));
                deviations.scalar(kind + "objective_kl", rewards.objectiveKl());
                deviations.scalar(kind + "non_score_reward", rewards.nonScoreReward());
                losses(kind, trajectory, rewards, false);
                losses(kind + "whiten_rewards.", trajectory, rewards, true);
                if (estimator == KlEstimator.K1) {
                    deviations.scalar("objective_entropy", rewards.entropy());
                }
            }
        }

        /** The log-probabilities given are those of the logits given: checks the softmax, and the case. */
        private void logitsAgree() {
            int[] tokens = golden.ints("in.tokens");
            for (String prefix : List.of("", "ref_", "new_")) {
                float[] logits = golden.floats("in." + prefix + "logits");
                float[] got = new float[tokens.length];
                for (int i = 0; i < got.length; i++) {
                    got[i] = (float) LogitFormulas.logProb(row(logits, i), tokens[i]);
                }
                deviations.compare("in." + prefix + "logprobs", got);
            }
        }

        private void losses(String prefix, Trajectory trajectory, Rewards rewards, boolean whiten) {
            PpoSettings settings = settings(whiten);
            Advantages advantages = Advantages.of(settings, trajectory, rewards.perToken());
            deviations.compare(prefix + "advantages_raw", BatchTime.flat(advantages.raw()));
            deviations.compare(prefix + "advantages", BatchTime.flat(advantages.advantages()));
            deviations.compare(prefix + "returns", BatchTime.flat(advantages.returns()));
            if (golden.has(prefix + "rewards") && whiten) {
                deviations.compare(prefix + "rewards", BatchTime.flat(advantages.rewards()));
            }
            float[] logits = golden.floats("in.new_logits");
            PpoLoss loss = PpoLoss.of(
                    settings,
                    trajectory,
                    advantages,
                    BatchTime.of(golden.floats("in.new_logprobs"), batch, time),
                    BatchTime.of(golden.floats("in.vpreds"), batch, time),
                    entropies(logits));
            deviations.compare(prefix + "ratio", BatchTime.flat(loss.ratio()));
            deviations.compare(prefix + "grad.vpreds", BatchTime.flat(loss.valueGradient()));
            deviations.compare(prefix + "grad.new_logits", logitGradient(logits, loss.logProbGradient()));
            statistics(prefix + "loss.", loss.statistics());
        }

        private void statistics(String prefix, PpoStatistics got) {
            optional(prefix + "policy", got.policyLoss());
            optional(prefix + "value", got.valueLoss());
            optional(prefix + "total", got.totalLoss());
            optional(prefix + "clipfrac", got.clipFraction());
            optional(prefix + "vf_clipfrac", got.valueClipFraction());
            optional(prefix + "entropy", got.entropy());
            optional(prefix + "approxkl", got.approxKl());
            optional(prefix + "policykl", got.policyKl());
            optional(prefix + "return_mean", got.returnsMean());
            optional(prefix + "return_var", got.returnsVariance());
            optional(prefix + "error", got.valueError());
            optional(prefix + "vpred", got.valuePrediction());
            optional(prefix + "value_mean", got.valueMean());
            optional(prefix + "value_var", got.valueVariance());
            optional(prefix + "var_explained", got.varianceExplained());
            optional(prefix + "avg_ratio", got.ratioMean());
            optional(prefix + "mean_ratio", got.ratioMean());
        }

        private void optional(String name, double got) {
            if (golden.scalars().has(name)) {
                deviations.scalar(name, got);
            }
        }

        private PpoSettings settings(boolean whiten) {
            return new PpoSettings(
                    golden.setting("gamma"),
                    golden.setting("lam"),
                    whiten,
                    MaskedStatistics.Variance.UNBIASED,
                    golden.setting("cliprange"),
                    golden.setting("cliprange_value"),
                    golden.setting("vf_coef"),
                    Double.POSITIVE_INFINITY);
        }

        private double[][] fullKl() {
            float[] policy = golden.floats("in.logits");
            float[] other = golden.floats("in.ref_logits");
            double[][] kl = new double[batch][time];
            for (int i = 0; i < batch * time; i++) {
                kl[i / time][i % time] = LogitFormulas.kl(row(policy, i), row(other, i));
            }
            return kl;
        }

        private double[][] entropies(float[] logits) {
            double[][] entropy = new double[batch][time];
            for (int i = 0; i < batch * time; i++) {
                entropy[i / time][i % time] = LogitFormulas.entropy(row(logits, i));
            }
            return entropy;
        }

        private float[] logitGradient(float[] logits, double[][] gradient) {
            int[] tokens = golden.ints("in.tokens");
            float[] result = new float[logits.length];
            for (int i = 0; i < batch * time; i++) {
                double[] row = LogitFormulas.logProbGradient(row(logits, i), tokens[i], gradient[i / time][i % time]);
                for (int v = 0; v < vocabulary; v++) {
                    result[i * vocabulary + v] = (float) row[v];
                }
            }
            return result;
        }

        private float[] row(float[] logits, int i) {
            return Arrays.copyOfRange(logits, i * vocabulary, (i + 1) * vocabulary);
        }

        private static long[] padding(boolean[][] mask) {
            return Arrays.stream(mask)
                    .flatMapToLong(row -> IntStream.range(0, row.length).mapToLong(t -> row[t] ? 0 : 1))
                    .toArray();
        }

        private static double[] doubles(float[] x) {
            double[] result = new double[x.length];
            for (int i = 0; i < x.length; i++) {
                result[i] = x[i];
            }
            return result;
        }
    }
}
