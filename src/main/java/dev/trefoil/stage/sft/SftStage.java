package dev.trefoil.stage.sft;

import dev.trefoil.adapter.AdapterStack;
import dev.trefoil.adapter.LoraAdapter;
import dev.trefoil.artifact.Hashes;
import dev.trefoil.config.ConfigWriter;
import dev.trefoil.doctor.Doctor;
import dev.trefoil.doctor.MemoryFit;
import dev.trefoil.eval.Perplexity;
import dev.trefoil.model.Dropout;
import dev.trefoil.model.Role;
import dev.trefoil.model.SharedBase;
import dev.trefoil.report.Metrics;
import dev.trefoil.token.Batch;
import dev.trefoil.train.Checkpoints;
import dev.trefoil.train.Optimisation;
import dev.trefoil.train.RunLog;
import dev.trefoil.train.SaveClock;
import dev.trefoil.train.StageContext;
import dev.trefoil.train.StageResult;
import dev.trefoil.train.StepClock;
import dev.trefoil.train.StopSignal;
import dev.trefoil.train.Trainable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Supervised fine-tuning of an adapter over the frozen base. */
public final class SftStage {

    /** Name of the stage and of its adapter. */
    public static final String NAME = "sft";

    /**
     * Trains and seals an artifact of kind {@value #NAME}. With the context's {@code resume} it goes on at the newest checkpoint and
     * ends with the bytes of a run that was not interrupted.
     *
     * @throws dev.trefoil.UserError for faults of data, configuration, checkpoints or disk, and for a loss that stays not finite
     */
    public StageResult run(StageContext context, SharedBase base, SftConfig config) {
        return context.hold(() -> train(context, base, config));
    }

    /** Measures what the doctor asks before a run, and what takes longer than a run's beginning may; nothing is written. */
    public void examine(StageContext context, SharedBase base, SftConfig config, Doctor doctor) {
        SftData data = SftData.read(context, base, config);
        LoraAdapter adapter =
                LoraAdapter.create(NAME, config.lora().forFamily(base.config().family()), base.sites(), config.seed());
        StepClock clock = StepClock.of(config.train(), data.training().size(), config.seed());
        AdapterStack stack = AdapterStack.of(base.sites(), List.of(adapter), true);
        try (Role role = Role.of(base, stack)) {
            SftPreflight preflight = new SftPreflight(config, base, data, role);
            preflight.examine(doctor, clock.totalSteps());
            preflight.examinePadding(doctor);
        }
    }

    private StageResult train(StageContext context, SharedBase base, SftConfig config) {
        SftData data = SftData.read(context, base, config);
        LoraAdapter adapter = SftAdapter.create(base, config.lora(), config.seed());
        StepClock clock = StepClock.of(config.train(), data.training().size(), config.seed());
        Optimisation optimisation = Optimisation.of(config.optim(), clock.totalSteps(), Trainable.of(adapter));
        Checkpoints checkpoints = Checkpoints.in(
                context.folder().checkpoints(),
                config.train().saveTotalLimit(),
                fingerprint(base, config, data),
                optimisation.parameters());
        SftProgress progress = context.resume() ? resumed(context, checkpoints, optimisation) : SftProgress.start();
        context.say("adapter: " + String.format(Locale.ROOT, "%,d", adapter.parameterCount()) + " weights in "
                + adapter.modules().size() + " linears; " + clock.totalSteps() + " steps");
        AdapterStack stack = AdapterStack.of(base.sites(), List.of(adapter), true);
        Doctor doctor = Doctor.of(
                config.doctor(), context.folder().doctor(), context.folder().metrics(), progress.step(), context::say);
        try (Role role = Role.of(base, stack)) {
            if (progress.step() == 0) {
                new SftPreflight(config, base, data, role).examine(doctor, clock.totalSteps());
                doctor.examine(MemoryFit.here(context.plannedBytes()));
                doctor.conclude();
            }
            loop(new Parts(config, data, clock, role, optimisation, checkpoints, progress, doctor), context);
            if (config.eval().keepBest() && progress.bestStep() >= 0 && progress.bestStep() < progress.step()) {
                checkpoints.restoreBest(progress.bestStep());
                role.refresh();
                context.say(
                        "kept: the adapter of step " + progress.bestStep() + ", whose evaluation loss was the lowest");
            }
            return new SftArtifact(context, base, config, data, role, progress).write(optimisation.skipped(), doctor);
        }
    }

    /** What the loop holds. */
    private record Parts(
            SftConfig config,
            SftData data,
            StepClock clock,
            Role role,
            Optimisation optimisation,
            Checkpoints checkpoints,
            SftProgress progress,
            Doctor doctor) {}

    private static void loop(Parts run, StageContext context) {
        SftProgress progress = run.progress;
        StepClock clock = run.clock;
        try (RunLog log = context.log(NAME, progress.step(), clock.totalSteps(), Metrics.supervisedColumns())) {
            run.doctor.speakTo(log::print);
            SaveClock saving = SaveClock.of(
                    run.config.train().saveSteps(), run.config.train().saveMinutes(), context.nanoClock());
            if (progress.step() == 0) {
                evaluateBefore(run, log);
            }
            while (progress.step() < clock.totalSteps()
                    && !progress.isOutOfPatience(run.config.eval().patience())) {
                log.workBegins();
                List<Batch> batches = run.data.batches(clock.batches(progress.step()));
                double labels = batches.stream().mapToInt(Batch::labels).sum();
                long tokens = batches.stream().mapToInt(Batch::tokens).sum();
                double loss = 0;
                for (int i = 0; i < batches.size(); i++) {
                    loss += SftLoss.lossAndBackward(run.role, batches.get(i), labels, dropout(run, i));
                }
                Optimisation.Step step = run.optimisation.step(loss);
                run.role.refresh();
                log.workEnds(tokens);
                progress.stepped(loss, tokens);

                Map<String, Double> metrics = new LinkedHashMap<>();
                if (clock.logs(progress.step())) {
                    metrics.put("loss", progress.takeLoss());
                    metrics.put("learning_rate", step.learningRate());
                    metrics.put("grad_norm", step.gradNorm());
                    metrics.put("epoch", clock.epoch(progress.step()));
                    metrics.put("num_tokens", (double) progress.tokens());
                    metrics.put("tokens_per_second", log.tokensPerSecond());
                }
                if (clock.evaluates(progress.step())) {
                    metrics.putAll(evaluate(run));
                }
                if (!metrics.isEmpty()) {
                    metrics.put("skipped_steps", (double) run.optimisation.skipped());
                    run.doctor.observe(progress.step(), metrics, run.optimisation.broken());
                    log.step(progress.step(), metrics);
                    run.doctor.conclude();
                }
                boolean last = progress.step() == clock.totalSteps();
                boolean stops = context.stop().isRequested() && !last;
                if (stops || saving.due(progress.step()) && !last) {
                    log.sync();
                    run.checkpoints.save(progress.state(), run.optimisation);
                }
                if (stops) {
                    throw StopSignal.stopped(progress.step());
                }
            }
        }
    }

    private static Dropout dropout(Parts run, int microBatch) {
        return Dropout.of(run.config.lora().dropout(), run.config.seed(), run.progress.step(), microBatch);
    }

    private static void evaluateBefore(Parts run, RunLog log) {
        if (!run.data.evaluation().isEmpty()) {
            Perplexity found = perplexity(run);
            run.progress.evaluatedBefore(found);
            log.record(0, named(found));
            log.print(String.format(
                    Locale.ROOT,
                    "%s before training: eval_loss %.4f, perplexity %.2f, %,d tokens",
                    NAME,
                    found.meanNll(),
                    found.perplexity(),
                    found.tokens()));
        }
    }

    private static Map<String, Double> evaluate(Parts run) {
        if (run.data.evaluation().isEmpty()) {
            return Map.of();
        }
        Perplexity found = perplexity(run);
        if (run.progress.evaluated(found) && run.config.eval().keepBest()) {
            run.checkpoints.saveBest(run.progress.step());
        }
        return named(found);
    }

    private static Perplexity perplexity(Parts run) {
        return SftLoss.evaluate(
                run.role, run.data.evaluation(), run.config.train().evaluationBatch());
    }

    private static Map<String, Double> named(Perplexity found) {
        Map<String, Double> metrics = new LinkedHashMap<>();
        metrics.put("eval_loss", found.meanNll());
        metrics.put("eval_perplexity", found.perplexity());
        return metrics;
    }

    private static SftProgress resumed(StageContext context, Checkpoints checkpoints, Optimisation optimisation) {
        SftProgress progress =
                checkpoints.restore(optimisation).map(SftProgress::of).orElseGet(SftProgress::start);
        context.say(
                progress.step() == 0
                        ? "no checkpoint to go on at: starts anew"
                        : "goes on after step " + progress.step());
        return progress;
    }

    private static String fingerprint(SharedBase base, SftConfig config, SftData data) {
        return Hashes.sha256(String.join(
                "\n",
                ConfigWriter.hash(config.deciding()),
                base.hash(),
                base.tokenizer().hash(),
                data.hash()));
    }
}
