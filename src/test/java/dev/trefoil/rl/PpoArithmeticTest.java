package dev.trefoil.rl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Properties of the formulas that golden numbers alone do not show. */
class PpoArithmeticTest {

    private static final int BATCH = 3;
    private static final int TIME = 7;

    private static double[][] random(long seed) {
        Random random = new Random(seed);
        double[][] x = new double[BATCH][TIME];
        for (double[] row : x) {
            Arrays.setAll(row, t -> 0.5 * random.nextGaussian());
        }
        return x;
    }

    private static double[] flat(double[][] x) {
        return Arrays.stream(x).flatMapToDouble(Arrays::stream).toArray();
    }

    private static boolean[][] mask() {
        return BatchTime.mask(new int[] {4, 7, 2}, TIME);
    }

    private static Trajectory trajectory() {
        return Trajectory.classic(random(1), random(2), random(3), mask());
    }

    private static Advantages advantages(PpoSettings settings, Trajectory trajectory) {
        Rewards rewards = Rewards.of(trajectory, KlEstimator.K1, new double[] {1, -0.5, 2}, 0.2);
        return Advantages.of(settings, trajectory, rewards.perToken());
    }

    @Test
    void the_same_policy_has_kl_zero_and_ratio_one_exactly() {
        double[][] logProbs = random(1);
        Trajectory trajectory = Trajectory.classic(logProbs, random(1), random(3), mask());
        for (KlEstimator estimator : List.of(KlEstimator.K1, KlEstimator.ABS, KlEstimator.MSE, KlEstimator.K3)) {
            assertThat(Rewards.of(trajectory, estimator, new double[3], 0.2).objectiveKl())
                    .as(estimator.published())
                    .isZero();
        }
        PpoSettings settings = PpoSettings.trlClassic();
        PpoLoss loss = PpoLoss.of(settings, trajectory, advantages(settings, trajectory), logProbs, random(4), null);
        assertThat(flat(loss.ratio())).containsOnly(1.0);
        assertThat(loss.statistics().approxKl()).isZero();
        assertThat(loss.statistics().metrics()).doesNotContainKey("ppo/policy/entropy");
    }

    @Test
    void gradients_agree_with_finite_differences() {
        PpoSettings settings = PpoSettings.trlClassic();
        for (Trajectory trajectory :
                List.of(trajectory(), Trajectory.v1(random(1), random(2), random(3), new int[] {3, 6, 1}))) {
            Advantages advantages = advantages(settings, trajectory);
            double[][] logProbs = random(5);
            double[][] values = random(6);
            PpoLoss loss = PpoLoss.of(settings, trajectory, advantages, logProbs, values, null);
            double step = 1e-6;
            for (int i = 0; i < BATCH; i++) {
                for (int t = 0; t < TIME; t++) {
                    double[][] movedLogProbs = moved(logProbs, i, t, step);
                    double[][] movedValues = moved(values, i, t, step);
                    double total = loss.statistics().totalLoss();
                    double slope = (total(settings, trajectory, advantages, movedLogProbs, values) - total) / step;
                    double valueSlope = (total(settings, trajectory, advantages, logProbs, movedValues) - total) / step;
                    assertThat(loss.logProbGradient()[i][t]).isCloseTo(slope, within(1e-5));
                    assertThat(loss.valueGradient()[i][t]).isCloseTo(valueSlope, within(1e-5));
                }
            }
        }
    }

    private static double total(
            PpoSettings settings,
            Trajectory trajectory,
            Advantages advantages,
            double[][] logProbs,
            double[][] values) {
        return PpoLoss.of(settings, trajectory, advantages, logProbs, values, null)
                .statistics()
                .totalLoss();
    }

    private static double[][] moved(double[][] x, int row, int column, double by) {
        double[][] copy = Arrays.stream(x).map(double[]::clone).toArray(double[][]::new);
        copy[row][column] += by;
        return copy;
    }

    @Test
    void parts_of_a_mini_batch_add_up_to_its_gradients() {
        PpoSettings settings = PpoSettings.trlClassic();
        Trajectory trajectory = trajectory();
        Advantages advantages = advantages(settings, trajectory);
        double[][] logProbs = random(5);
        double[][] values = random(6);
        PpoLoss whole = PpoLoss.of(settings, trajectory, advantages, logProbs, values, null);
        for (int i = 0; i < BATCH; i++) {
            Trajectory part = trajectory.rows(i);
            double policyShare = (double) part.policyTokens() / trajectory.policyTokens();
            double valueShare = (double) part.valueTokens() / trajectory.valueTokens();
            PpoLoss loss = PpoLoss.of(
                            settings,
                            part,
                            advantages.rows(i),
                            new double[][] {logProbs[i]},
                            new double[][] {values[i]},
                            null)
                    .weighted(policyShare, valueShare);
            assertThat(loss.logProbGradient()[0]).containsExactly(whole.logProbGradient()[i], within(1e-12));
            assertThat(loss.valueGradient()[0]).containsExactly(whole.valueGradient()[i], within(1e-12));
        }
    }

    @Test
    void one_token_neither_divides_by_zero_nor_learns_from_noise() {
        Trajectory trajectory = Trajectory.classic(
                new double[][] {{-1, 0}}, new double[][] {{-2, 0}}, new double[][] {{0.5, 9}}, new boolean[][] {
                    {true, false}
                });
        PpoSettings settings = PpoSettings.trlClassic();
        Rewards rewards = Rewards.of(trajectory, KlEstimator.K1, new double[] {3}, 0.1);
        Advantages advantages = Advantages.of(settings, trajectory, rewards.perToken());
        assertThat(advantages.returns()[0][0]).isCloseTo(2.9, within(1e-12));
        PpoLoss loss =
                PpoLoss.of(settings, trajectory, advantages, new double[][] {{-1, 0}}, new double[][] {{0.5, 9}}, null);
        assertThat(loss.logProbGradient()[0]).containsExactly(new double[2], within(1e-12));
        assertThat(loss.valueGradient()[0][0]).isCloseTo(0.1 * (0.5 - 2.9), within(1e-12));
        assertThat(loss.statistics().returnsVariance()).isZero();
        assertThat(loss.statistics().varianceExplained()).isNaN();
    }

    @Test
    void an_exploding_ratio_silences_losses_and_gradients() {
        PpoSettings settings = PpoSettings.trlClassic();
        Trajectory trajectory = trajectory();
        Advantages advantages = advantages(settings, trajectory);
        for (double jump : new double[] {5, 1000, Double.NaN}) {
            double[][] logProbs = moved(random(1), 0, 0, 0);
            logProbs[1][2] += jump;
            PpoLoss loss = PpoLoss.of(settings, trajectory, advantages, logProbs, random(6), null);
            boolean guarded = !(loss.statistics().ratioMean() <= 10);
            assertThat(loss.statistics().guarded()).isEqualTo(guarded);
            if (guarded) {
                assertThat(loss.statistics().totalLoss()).isZero();
                assertThat(flat(loss.logProbGradient())).containsOnly(0.0);
                assertThat(flat(loss.valueGradient())).containsOnly(0.0);
            }
        }
    }

    @Test
    void a_raised_log_prob_beyond_the_clip_is_not_pushed_further() {
        Trajectory trajectory = Trajectory.classic(
                new double[1][2], new double[1][2], new double[1][2], new boolean[][] {{true, true}});
        Advantages advantages =
                new Advantages(new double[1][2], new double[1][2], new double[][] {{1, -1}}, new double[1][2]);
        PpoLoss loss = PpoLoss.of(
                PpoSettings.trlClassic(), trajectory, advantages, new double[][] {{0.3, 0.3}}, new double[1][2], null);
        assertThat(loss.logProbGradient()[0][0]).isZero();
        assertThat(loss.logProbGradient()[0][1]).isCloseTo(Math.exp(0.3) / 2, within(1e-12));
        assertThat(loss.statistics().clipFraction()).isEqualTo(0.5);
    }

    @Test
    void scores_are_penalised_then_scaled_then_clipped() {
        ScoreProcessing processing = new ScoreProcessing(true, true, 0.9, 1);
        ScoreProcessing.Processed processed =
                processing.process(new double[] {1, 2, 4}, new boolean[] {true, true, false}, RunningMoments.empty());
        assertThat(processed.moments().mean()).isCloseTo(2, within(1e-12));
        assertThat(processed.moments().std()).isCloseTo(1, within(1e-12));
        assertThat(processed.scores()).containsExactly(new double[] {-0.9, 0, 0.9}, within(1e-6));
        ScoreProcessing.Processed single = processing.process(new double[] {5}, null, RunningMoments.empty());
        assertThat(single.scores()[0]).isFinite();
        assertThat(ScoreProcessing.off()
                        .process(new double[] {7}, null, RunningMoments.empty())
                        .scores())
                .containsExactly(7);
    }

    @Test
    void the_target_kl_stops_at_one_and_a_half_times_itself() {
        assertThat(new TargetKl(0.1).isExceeded(0.149)).isFalse();
        assertThat(new TargetKl(0.1).isExceeded(0.151)).isTrue();
        assertThat(new TargetKl(Double.POSITIVE_INFINITY).isExceeded(1e9)).isFalse();
    }

    @Test
    void names_and_numbers_out_of_range_are_told() {
        assertThat(KlEstimator.of("kl")).isEqualTo(KlEstimator.K1);
        assertThat(KlEstimator.of("k2")).isEqualTo(KlEstimator.MSE);
        assertThatThrownBy(() -> KlEstimator.of("k9")).hasMessageContaining("choose k1");
        assertThatThrownBy(() -> new AdaptiveKl(0.2, -6, 10000)).hasMessage("kl target: must be above 0, was -6.0");
        assertThatThrownBy(() ->
                        Trajectory.classic(new double[1][2], new double[1][2], new double[1][2], new boolean[1][2]))
                .hasMessage("row 0 has no response token");
        assertThatThrownBy(() -> Trajectory.classic(
                        new double[1][3], new double[1][2], new double[1][2], new boolean[][] {{true, true}}))
                .hasMessageContaining("log-probabilities: row 0 has 3 columns");
    }
}
