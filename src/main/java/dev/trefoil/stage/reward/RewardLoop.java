package dev.trefoil.stage.reward;

import dev.trefoil.doctor.Doctor;
import dev.trefoil.model.Dropout;
import dev.trefoil.model.Pass;
import dev.trefoil.model.Reads;
import dev.trefoil.model.Role;
import dev.trefoil.model.ScalarHead;
import dev.trefoil.report.Metrics;
import dev.trefoil.token.Batch;
import dev.trefoil.token.Collator;
import dev.trefoil.token.PreferenceRow;
import dev.trefoil.train.Checkpoints;
import dev.trefoil.train.LoopState;
import dev.trefoil.train.Optimisation;
import dev.trefoil.train.RunLog;
import dev.trefoil.train.SaveClock;
import dev.trefoil.train.StageContext;
import dev.trefoil.train.StepClock;
import dev.trefoil.train.StopSignal;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The training of a reward model: steps, log lines, evaluations, checkpoints. */
final class RewardLoop {

    /** Mean loss of the last step, kept for the summary. */
    static final String LOSS = "loss";

    private static final String TOKENS = "num_tokens";
    private static final String BEST_LOSS = "best_eval_loss";
    private static final String WAITED = "evaluations_without_a_lower_loss";

    static final LoopState START = LoopState.of(
            0, -1, Map.of(LOSS, Double.NaN, TOKENS, 0.0, BEST_LOSS, Double.POSITIVE_INFINITY, WAITED, 0.0));

    private final RewardConfig config;
    private final PairData data;
    private final Role role;
    private final ScalarHead head;
    private final RewardScorer scorer;
    private final StepClock clock;
    private final Optimisation optimisation;
    private final Checkpoints checkpoints;
    private final Doctor doctor;
    private final PairwiseLoss loss;
    private final PairMetrics sums = new PairMetrics();
    private final Map<Long, HeldOut> evaluations = new HashMap<>();

    private long tokens;
    private double lastLoss;
    private double bestLoss;
    private long bestStep;
    private int waited;

    RewardLoop(
            RewardConfig config,
            PairData data,
            Role role,
            ScalarHead head,
            RewardScorer scorer,
            StepClock clock,
            Optimisation optimisation,
            Checkpoints checkpoints,
            Doctor doctor) {
        this.config = config;
        this.data = data;
        this.role = role;
        this.head = head;
        this.scorer = scorer;
        this.clock = clock;
        this.optimisation = optimisation;
        this.checkpoints = checkpoints;
        this.doctor = doctor;
        this.loss = new PairwiseLoss(config.loss().centerCoefficient());
    }

    /** Trains from a state to the end. */
    LoopState run(StageContext context, LoopState from) {
        take(from);
        role.refresh();
        long done = from.step();
        SaveClock saving =
                SaveClock.of(config.train().saveSteps(), config.train().saveMinutes(), context.nanoClock());
        try (RunLog log = context.log(RewardStage.NAME, done, clock.totalSteps(), Metrics.rewardColumns())) {
            doctor.speakTo(log::print);
            while (done < clock.totalSteps() && !outOfPatience()) {
                log.workBegins();
                long before = tokens;
                Optimisation.Step step = step(done);
                log.workEnds(tokens - before);
                done++;
                Map<String, Double> metrics = new LinkedHashMap<>();
                if (clock.logs(done)) {
                    metrics.putAll(lineOf(step, done, log));
                }
                if (clock.evaluates(done) && !data.evaluation().isEmpty()) {
                    metrics.putAll(evaluated(done));
                }
                if (!metrics.isEmpty()) {
                    metrics.put("skipped_steps", (double) optimisation.skipped());
                    doctor.observe(done, metrics, optimisation.broken());
                    log.step(done, metrics);
                    doctor.conclude();
                }
                boolean stops = context.stop().isRequested() && done < clock.totalSteps();
                if (stops || saving.due(done) && done < clock.totalSteps()) {
                    log.sync();
                    checkpoints.save(state(done), optimisation);
                }
                if (stops) {
                    throw StopSignal.stopped(done);
                }
            }
            if (done < clock.totalSteps()) {
                log.print("stopped after step " + done + ": " + waited + " evaluations without a lower loss");
            }
        }
        return state(done);
    }

    /** One optimiser step: every batch forward, loss, backward; then the update. */
    private Optimisation.Step step(long step) {
        List<int[]> batches = clock.batches(step);
        int pairs = batches.stream().mapToInt(batch -> batch.length).sum();
        double sum = 0;
        for (int micro = 0; micro < batches.size(); micro++) {
            List<PreferenceRow> rows = data.training(batches.get(micro));
            Batch batch = Collator.preferences(rows);
            try (Pass pass = role.train(batch, dropout(step, micro), Reads.LAST_TOKENS)) {
                int[] last = batch.lastTokens();
                float[] scores = head.scores(pass, last);
                PairwiseLoss.Result result =
                        loss.of(scores, HeldOut.margins(rows, config.loss().margin()), pairs);
                head.backward(pass, last, result.gradient());
                pass.backward();
                sums.add(scores, result);
                sum += result.lossSum();
            }
            tokens += batch.tokens();
        }
        lastLoss = sum / pairs;
        Optimisation.Step taken = optimisation.step(lastLoss);
        role.refresh();
        return taken;
    }

    private Dropout dropout(long step, int micro) {
        double share = config.lora().dropout();
        return share == 0 ? Dropout.NONE : Dropout.of(share, config.seed(), step, micro);
    }

    private Map<String, Double> lineOf(Optimisation.Step step, long done, RunLog log) {
        Map<String, Double> line = sums.take();
        line.put("learning_rate", step.learningRate());
        line.put("grad_norm", step.gradNorm());
        line.put("epoch", clock.epoch(done));
        line.put("num_tokens", (double) tokens);
        line.put("tokens_per_second", log.tokensPerSecond());
        return line;
    }

    private Map<String, Double> evaluated(long done) {
        HeldOut heldOut = evaluate();
        evaluations.keySet().retainAll(Set.of(bestStep));
        evaluations.put(done, heldOut);
        if (heldOut.loss() < bestLoss) {
            bestLoss = heldOut.loss();
            waited = 0;
            if (config.eval().keepBest()) {
                bestStep = done;
                checkpoints.saveBest(done);
            }
        } else {
            waited++;
        }
        return heldOut.metrics();
    }

    /** The held-out pairs under the weights of a step, which must be the present ones; computed unless that was done already. */
    HeldOut heldOut(long step) {
        HeldOut known = evaluations.get(step);
        return known == null ? evaluate() : known;
    }

    private HeldOut evaluate() {
        return HeldOut.of(
                scorer,
                data.evaluation(),
                config.train().evaluationBatch(),
                loss,
                config.loss().margin());
    }

    private boolean outOfPatience() {
        Integer patience = config.eval().patience();
        return patience != null && waited >= patience;
    }

    private void take(LoopState state) {
        tokens = (long) state.number(TOKENS);
        lastLoss = state.number(LOSS);
        bestLoss = state.number(BEST_LOSS);
        bestStep = state.bestStep();
        waited = (int) state.number(WAITED);
        if (state.step() > 0) {
            sums.restore(state);
        }
    }

    private LoopState state(long done) {
        Map<String, Double> numbers = new LinkedHashMap<>();
        numbers.put(LOSS, lastLoss);
        numbers.put(TOKENS, (double) tokens);
        numbers.put(BEST_LOSS, bestLoss);
        numbers.put(WAITED, (double) waited);
        sums.keep(numbers);
        return LoopState.of(done, bestStep, numbers);
    }
}
