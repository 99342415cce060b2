package dev.trefoil.stage.ppo;

import dev.trefoil.model.Dropout;
import dev.trefoil.model.LanguageHead;
import dev.trefoil.model.LogProbGradients;
import dev.trefoil.model.Pass;
import dev.trefoil.rl.Advantages;
import dev.trefoil.rl.Era;
import dev.trefoil.rl.PpoLoss;
import dev.trefoil.rl.PpoSettings;
import dev.trefoil.rl.PpoStatistics;
import dev.trefoil.rl.Rewards;
import dev.trefoil.rl.TargetKl;
import dev.trefoil.rl.Trajectory;
import dev.trefoil.train.Optimisation;
import java.util.ArrayList;
import java.util.List;

/**
 * One rollout's update: read it with the roles, turn scores into advantages, go over it in epochs. The optimisation must train the
 * policy's last adapter and the value head.
 *
 * <p>Old log-probabilities are read in the mini-batches in which the first epoch trains, so that there the ratio is exactly 1
 * whatever a batch's shape does to rounding.
 */
public final class PpoUpdate {

    private final PpoOptions options;
    private final PpoSettings formulas;
    private final PpoRoles roles;
    private final Optimisation optimisation;

    /**
     * What the epochs did.
     *
     * @param epochs [epochs gone through] means over each epoch's mini-batches
     * @param firstLogRatio largest |new - old| log-probability in the first mini-batch, before any step: 0 in a sound run
     * @param guarded mini-batches that the ratio guard left out
     * @param updates optimiser steps that were taken
     * @param gradNorm mean length of the gradient before clipping; NaN without a step
     * @param learningRate of the last step
     * @param stopped whether the target KL ended the epochs early
     */
    public record Outcome(
            List<PpoStatistics> epochs,
            double firstLogRatio,
            int guarded,
            int updates,
            double gradNorm,
            double learningRate,
            boolean stopped) {

        public Outcome {
            epochs = List.copyOf(epochs);
        }

        /** Means over all epochs, as TRL logs them. */
        PpoStatistics mean() {
            return PpoStatistics.mean(epochs);
        }
    }

    private PpoUpdate(PpoOptions options, PpoRoles roles, Optimisation optimisation) {
        this.options = options;
        this.formulas = options.formulas();
        this.roles = roles;
        this.optimisation = optimisation;
    }

    public static PpoUpdate of(PpoOptions options, PpoRoles roles, Optimisation optimisation) {
        return new PpoUpdate(options, roles, optimisation);
    }

    /** Log-probabilities, entropies and values of a rollout, before it is judged. Shapes [B, T]. */
    public record Reading(Sequences sequences, TimeAxis axis, Trajectory trajectory, double[][] entropies) {}

    /** Reads the rollout with policy and reference, in the mini-batches of the first epoch. */
    public Reading read(Sequences sequences, MiniBatches miniBatches) {
        TimeAxis axis = TimeAxis.of(options.era(), sequences);
        int rows = sequences.size();
        double[][] logProbs = new double[rows][];
        double[][] entropies = new double[rows][];
        double[][] values = new double[rows][];
        double[][] reference = new double[rows][];
        for (int[] part : miniBatches.epochs().get(0)) {
            PpoRoles.Reading read = roles.read(sequences.rows(part), axis);
            for (int i = 0; i < part.length; i++) {
                logProbs[part[i]] = read.logProbs()[i];
                entropies[part[i]] = read.entropies()[i];
                values[part[i]] = read.values()[i];
                reference[part[i]] = read.referenceLogProbs()[i];
            }
        }
        Trajectory trajectory = axis.era() == Era.CLASSIC
                ? Trajectory.classic(
                        logProbs,
                        reference,
                        values,
                        Places.logProbs(sequences, axis).mask())
                : Trajectory.v1(logProbs, reference, values, axis.lastColumns(sequences));
        return new Reading(sequences, axis, trajectory, entropies);
    }

    /**
     * Per-token KL rewards, the score at its position, whitening, advantages.
     *
     * @param scores [B] processed scores
     * @param tokenScores [B] token by token in place of a sequence's score; null, or null entries, where there are none
     * @param beta the KL coefficient
     */
    public Experience judge(Reading reading, double[] scores, List<double[]> tokenScores, double beta) {
        Trajectory trajectory = reading.trajectory();
        double[] placed = scores.clone();
        double[][] perToken = tokenScores == null ? null : spread(reading, tokenScores, placed);
        Rewards rewards = Rewards.of(trajectory, options.kl().estimator().formula(), placed, beta);
        rewards = perToken == null ? rewards : rewards.plus(trajectory, perToken);
        Advantages advantages = Advantages.of(formulas, trajectory, rewards.perToken());
        return new Experience(
                reading.sequences(),
                reading.axis(),
                trajectory,
                reading.entropies(),
                rewards,
                options.whitenAdvantages() ? advantages : plain(advantages));
    }

    /** Token scores at their columns; the sequence's own score then counts no more. */
    private static double[][] spread(Reading reading, List<double[]> tokenScores, double[] placed) {
        double[][] result = new double[placed.length][reading.axis().columns()];
        for (int i = 0; i < placed.length; i++) {
            double[] given = tokenScores.get(i);
            if (given != null) {
                int first =
                        reading.axis().firstColumn(reading.sequences().prompts().get(i).length);
                System.arraycopy(given, 0, result[i], first, given.length);
                placed[i] = 0;
            }
        }
        return result;
    }

    private static Advantages plain(Advantages whitened) {
        return new Advantages(whitened.rewards(), whitened.raw(), whitened.raw(), whitened.returns());
    }

    /**
     * Goes over the rollout epoch by epoch. The target KL is looked at before each step: a step that comes too late is not taken,
     * and ends the epochs.
     */
    public Outcome train(Experience experience, MiniBatches miniBatches) {
        List<PpoStatistics> epochs = new ArrayList<>();
        Tally tally = new Tally();
        TargetKl target = new TargetKl(options.klLimit());
        for (List<int[]> epoch : miniBatches.epochs()) {
            List<PpoStatistics> parts = new ArrayList<>();
            for (int from = 0; from < epoch.size() && !tally.stopped; from += options.gradientAccumulation()) {
                List<int[]> group = epoch.subList(from, Math.min(epoch.size(), from + options.gradientAccumulation()));
                List<PpoStatistics> said = accumulate(experience, group, tally);
                parts.addAll(said);
                step(PpoStatistics.mean(said), said, target, tally);
            }
            epochs.add(PpoStatistics.mean(parts));
            if (tally.stopped) {
                break;
            }
        }
        return tally.outcome(epochs);
    }

    private void step(PpoStatistics mean, List<PpoStatistics> parts, TargetKl target, Tally tally) {
        tally.stopped = target.isExceeded(mean.policyKl());
        if (tally.stopped || parts.stream().allMatch(PpoStatistics::guarded)) {
            optimisation.drop();
            return;
        }
        tally.add(optimisation.step(mean.totalLoss()));
        roles.policy().refresh();
    }

    /**
     * Adds the gradients of the mini-batches of one optimiser step, each by its tokens, to the adapter's and the value head's; no step
     * is taken.
     *
     * @param group [mini-batches][sequences] indices into the rollout
     * @return what each mini-batch says
     */
    public List<PpoStatistics> addGradients(Experience experience, List<int[]> group) {
        return accumulate(experience, group, new Tally());
    }

    /**
     * The largest |new - old| log-probability when a mini-batch is read as training reads it; no gradient stays.
     *
     * @param rows [sequences] indices into the rollout, as they stood together when it was read
     */
    double firstLogRatio(Experience experience, int[] rows) {
        Tally tally = new Tally();
        accumulate(experience, List.of(rows), tally);
        optimisation.drop();
        return tally.firstLogRatio;
    }

    private List<PpoStatistics> accumulate(Experience experience, List<int[]> group, Tally tally) {
        long policyTokens = 0;
        long valueTokens = 0;
        for (int[] part : group) {
            Trajectory trajectory = experience.trajectory().rows(part);
            policyTokens += trajectory.policyTokens();
            valueTokens += trajectory.valueTokens();
        }
        List<PpoStatistics> parts = new ArrayList<>();
        for (int[] part : group) {
            parts.add(addMiniBatch(experience, part, policyTokens, valueTokens, tally));
        }
        return parts;
    }

    private PpoStatistics addMiniBatch(
            Experience experience, int[] rows, long policyTokens, long valueTokens, Tally tally) {
        Sequences part = experience.sequences().rows(rows);
        Trajectory old = experience.trajectory().rows(rows);
        Places tokens = Places.logProbs(part, experience.axis());
        Places values = Places.values(part, experience.axis());
        double temperature = roles.temperature();
        LanguageHead head = roles.policy().head();
        try (Pass pass = roles.policy().train(part.batch(), Dropout.NONE);
                LogProbGradients now = head.logProbsWithGradients(pass, tokens.at(), tokens.targets(), temperature)) {
            double[][] logProbs = tokens.spread(now.found().logProbs());
            tally.firstMiniBatch(largestChange(logProbs, old));
            PpoLoss loss = PpoLoss.of(
                    formulas,
                    old,
                    experience.advantages().rows(rows),
                    logProbs,
                    values.spread(roles.value().scores(pass, values.at())),
                    tokens.spread(now.found().entropies()));
            PpoLoss share =
                    loss.weighted((double) old.policyTokens() / policyTokens, (double) old.valueTokens() / valueTokens);
            tally.guarded += loss.statistics().guarded() ? 1 : 0;
            if (!loss.statistics().guarded()) {
                float[] policyGradient = tokens.gather(share.logProbGradient());
                head.backward(pass, now, policyGradient);
                roles.value().backward(pass, values.at(), values.gather(share.valueGradient()));
                pass.backward();
            }
            return loss.statistics();
        }
    }

    private static double largestChange(double[][] logProbs, Trajectory old) {
        double largest = 0;
        for (int i = 0; i < logProbs.length; i++) {
            for (int t = 0; t < logProbs[i].length; t++) {
                double change = old.policyMask()[i][t] ? logProbs[i][t] - old.logProbs()[i][t] : 0;
                largest = Math.max(largest, Math.abs(change));
            }
        }
        return largest;
    }

    /** Counts while the epochs run. */
    private static final class Tally {

        private double firstLogRatio = Double.NaN;
        private int guarded;
        private int updates;
        private double norms;
        private double learningRate;
        private boolean stopped;

        void firstMiniBatch(double largestChange) {
            firstLogRatio = Double.isNaN(firstLogRatio) ? largestChange : firstLogRatio;
        }

        void add(Optimisation.Step step) {
            updates++;
            norms += step.gradNorm();
            learningRate = step.learningRate();
        }

        Outcome outcome(List<PpoStatistics> epochs) {
            return new Outcome(epochs, firstLogRatio, guarded, updates, norms / updates, learningRate, stopped);
        }
    }
}
