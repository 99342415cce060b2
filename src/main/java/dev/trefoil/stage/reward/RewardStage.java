package dev.trefoil.stage.reward;

import dev.trefoil.UserError;
import dev.trefoil.adapter.AdapterStack;
import dev.trefoil.adapter.LoraAdapter;
import dev.trefoil.artifact.Artifact;
import dev.trefoil.artifact.Hashes;
import dev.trefoil.artifact.Manifest;
import dev.trefoil.config.ConfigWriter;
import dev.trefoil.doctor.Doctor;
import dev.trefoil.doctor.MemoryFit;
import dev.trefoil.model.Role;
import dev.trefoil.model.ScalarHead;
import dev.trefoil.model.SharedBase;
import dev.trefoil.train.Checkpoints;
import dev.trefoil.train.LoopState;
import dev.trefoil.train.Optimisation;
import dev.trefoil.train.StageContext;
import dev.trefoil.train.StageResult;
import dev.trefoil.train.StepClock;
import dev.trefoil.train.Trainable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Trains a reward model: a LoRA adapter on the shared base with a linear head that reads a text's last hidden state, such that the
 * chosen text of each pair scores above the rejected one.
 *
 * <p>The artifact holds adapter/ (PEFT files, the head among them), head.safetensors (the head alone), rows.yaml (the length rule
 * under which texts must be scored), evaluation.json, scores.jsonl (both scores of each held-out pair), config.yaml, and in its manifest eight texts with their scores.
 */
public final class RewardStage {

    /** Name of the stage, of its adapter and of its kind of artifact. */
    public static final String NAME = "reward";

    /**
     * Trains and seals an artifact of kind {@value #NAME}. With the context's {@code resume} it goes on at the newest checkpoint and
     * ends with the bytes of a run that was not interrupted.
     *
     * @throws UserError for faults of data, configuration, checkpoints or disk, for a loss that stays not finite, and for
     *     scores that depend on padding
     */
    public StageResult run(StageContext context, SharedBase base, RewardConfig config) {
        return context.hold(() -> train(context, base, config));
    }

    /** Measures what the doctor asks before a run; nothing is written. */
    public void examine(StageContext context, SharedBase base, RewardConfig config, Doctor doctor) {
        PairData data = PairData.read(context, base, config);
        data.checkFits(base.config().shape().contextLength());
        LoraAdapter adapter = RewardAdapter.create(base, config.lora(), config.seed());
        StepClock clock = StepClock.of(config.train(), data.training().size(), config.seed());
        AdapterStack stack = AdapterStack.of(base.sites(), List.of(adapter), true);
        try (Role role = Role.of(base, stack)) {
            ScalarHead head = ScalarHead.over(adapter, RewardAdapter.HEAD);
            new RewardPreflight(config, base, data, role, head).examine(doctor, clock.totalSteps());
            PaddingCheck padding = PaddingCheck.of(base.tokenizer(), data.shown(), config.rows());
            doctor.examine(padding.judge(new RewardScorer(role, head), base));
        }
    }

    private static StageResult train(StageContext context, SharedBase base, RewardConfig config) {
        PairData data = PairData.read(context, base, config);
        data.checkFits(base.config().shape().contextLength());
        LoraAdapter adapter = RewardAdapter.create(base, config.lora(), config.seed());
        StepClock clock = StepClock.of(config.train(), data.training().size(), config.seed());
        Optimisation optimisation = Optimisation.of(config.optim(), clock.totalSteps(), Trainable.of(adapter));
        Checkpoints checkpoints = Checkpoints.in(
                context.folder().checkpoints(),
                config.train().saveTotalLimit(),
                fingerprint(base, config, data),
                optimisation.parameters());
        LoopState state =
                context.resume() ? checkpoints.restore(optimisation).orElse(RewardLoop.START) : RewardLoop.START;
        context.say(String.format(
                Locale.ROOT,
                "adapter: %,d weights in %d linears and the score head; %,d steps",
                adapter.parameterCount(),
                adapter.modules().size(),
                clock.totalSteps()));
        AdapterStack stack = AdapterStack.of(base.sites(), List.of(adapter), true);
        try (Role role = Role.of(base, stack)) {
            ScalarHead head = ScalarHead.over(adapter, RewardAdapter.HEAD);
            RewardScorer scorer = new RewardScorer(role, head);
            PaddingCheck padding = PaddingCheck.of(base.tokenizer(), data.shown(), config.rows());
            Doctor doctor = Doctor.of(
                    config.doctor(), context.folder().doctor(), context.folder().metrics(), state.step(), context::say);
            if (state.step() == 0) {
                new RewardPreflight(config, base, data, role, head).examine(doctor, clock.totalSteps());
                doctor.examine(padding.judge(scorer, base));
                doctor.examine(MemoryFit.here(context.plannedBytes()));
                doctor.conclude();
            }
            RewardLoop loop =
                    new RewardLoop(config, data, role, head, scorer, clock, optimisation, checkpoints, doctor);
            LoopState end = loop.run(context, state);
            boolean bestIsEarlier = end.bestStep() >= 0 && end.bestStep() < end.step();
            if (bestIsEarlier) {
                checkpoints.restoreBest(end.bestStep());
                role.refresh();
                context.say("kept: the weights of step " + end.bestStep() + ", whose held-out loss was the lowest");
            }
            HeldOut heldOut =
                    data.evaluation().isEmpty() ? null : loop.heldOut(bestIsEarlier ? end.bestStep() : end.step());
            List<Manifest.GoldenScore> golden = padding.golden(scorer);
            double difference = padding.largestDifference(scorer, golden);
            RewardSeal seal = new RewardSeal(base, config, data, adapter, heldOut, difference);
            Artifact artifact = seal(context, seal, golden);
            return result(context, artifact, seal, end, optimisation.skipped(), doctor.summary());
        }
    }

    private static Artifact seal(StageContext context, RewardSeal seal, List<Manifest.GoldenScore> golden) {
        try {
            return seal.write(context.folder(), golden);
        } catch (IOException failed) {
            throw UserError.unwritable(context.folder().artifact() + ":", failed);
        }
    }

    private static StageResult result(
            StageContext context, Artifact artifact, RewardSeal seal, LoopState end, long skipped, String doctor) {
        HeldOut heldOut = seal.heldOut();
        Map<String, Double> metrics = new LinkedHashMap<>();
        metrics.put("loss", end.number(RewardLoop.LOSS));
        List<String> lines = new ArrayList<>();
        lines.add(String.format(Locale.ROOT, "%,d steps, last training loss %.4f", end.step(), metrics.get("loss")));
        if (skipped > 0) {
            lines.add(skipped + " steps skipped: loss or gradient not finite");
        }
        if (heldOut != null) {
            context.say(heldOut.evaluation().toText());
            metrics.putAll(heldOut.metrics());
            var evaluation = heldOut.evaluation();
            lines.add(String.format(
                    Locale.ROOT,
                    "held-out accuracy %.3f (95 %%: %.3f to %.3f) on %,d pairs; the longer text alone: %.3f",
                    evaluation.accuracy(),
                    evaluation.accuracyLow(),
                    evaluation.accuracyHigh(),
                    evaluation.pairs(),
                    evaluation.lengthBaseline()));
            lines.add(String.format(
                    Locale.ROOT,
                    "held-out loss %.4f, mean margin %.3f, ROC AUC %.3f",
                    heldOut.loss(),
                    evaluation.margins().mean(),
                    evaluation.scoreAuc()));
        }
        lines.add("doctor: " + doctor);
        lines.add(PaddingCheck.describe(seal.paddingDifference(), seal.base()));
        return new StageResult(artifact.folder(), metrics, lines);
    }

    /** What decides the run; the folder in which the base lies does not. */
    private static String fingerprint(SharedBase base, RewardConfig config, PairData data) {
        return Hashes.sha256(ConfigWriter.hash(config.deciding()) + base.hash() + data.hash());
    }
}
