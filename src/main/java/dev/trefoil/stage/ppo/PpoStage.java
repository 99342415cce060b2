package dev.trefoil.stage.ppo;

import dev.trefoil.doctor.Doctor;
import dev.trefoil.doctor.MemoryFit;
import dev.trefoil.doctor.StartKl;
import dev.trefoil.doctor.StartRatio;
import dev.trefoil.generate.SampleKey;
import dev.trefoil.model.SharedBase;
import dev.trefoil.report.Metrics;
import dev.trefoil.report.SamplesTable;
import dev.trefoil.rl.KlController;
import dev.trefoil.rl.ScoreProcessing;
import dev.trefoil.token.PromptRow;
import dev.trefoil.train.RunLog;
import dev.trefoil.train.SaveClock;
import dev.trefoil.train.StageContext;
import dev.trefoil.train.StageResult;
import dev.trefoil.train.StopSignal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Proximal policy optimisation of an adapter against a reward model, held near the reference by a KL penalty. */
public final class PpoStage {

    /** Name of the stage. */
    public static final String NAME = "ppo";

    private static final int SHOWN = 4;
    private static final int TABLE_WIDTH = 160;

    /**
     * Trains and seals an artifact of kind {@value #NAME}. With the context's {@code resume} it goes on at the newest checkpoint and
     * ends with the weights of a run that was not interrupted.
     *
     * @throws dev.trefoil.UserError for faults of configuration, data, artifacts, reward model or disk; (refused) for impure sampling
     *     and for a start at which policy and reference differ
     */
    public StageResult run(StageContext context, SharedBase base, PpoConfig config) {
        return context.hold(() -> train(context, base, config));
    }

    /**
     * Measures what the doctor asks before a run, in a rollout of a few prompts; nothing is written. Artifacts that are not there yet,
     * because earlier stages of a pipeline are still to run, are left out and named.
     */
    public void examine(StageContext context, SharedBase base, PpoConfig config, Doctor doctor) {
        PpoConfig present = config;
        if (config.sft() != null && !Files.exists(config.sft())) {
            context.say("ppo: " + config.sft() + " is not there yet; examined over the bare base");
            present = present.withSft(null);
        }
        Path reward = Path.of(config.reward().model());
        boolean toCome = !Files.exists(reward)
                && !Files.exists(
                        config.reward().folder().resolve(config.reward().model()))
                && reward.getNameCount() > 1;
        if (toCome) {
            context.say("ppo: " + reward + " is not there yet; its scores are not examined");
        }
        try (PpoParts parts =
                toCome ? PpoParts.open(context, base, present, Judge.none()) : PpoParts.open(context, base, present)) {
            PpoPreflight preflight = new PpoPreflight(base, parts);
            preflight.examineSettings(doctor);
            preflight.examineReward(doctor);
            preflight.examineRollout(doctor);
        }
    }

    private static StageResult train(StageContext context, SharedBase base, PpoConfig config) {
        try (PpoParts parts = PpoParts.open(context, base, config)) {
            PpoProgress from = resumed(context, parts);
            parts.roles().policy().refresh();
            Doctor doctor = Doctor.of(
                    config.doctor(), context.folder().doctor(), context.folder().metrics(), from.step(), context::say);
            if (from.step() == 0) {
                PpoPreflight preflight = new PpoPreflight(base, parts);
                preflight.examineSettings(doctor);
                preflight.examineReward(doctor);
                doctor.examine(MemoryFit.here(context.plannedBytes()));
                doctor.conclude();
            }
            PpoProgress end = loop(context, parts, doctor, from);
            return new PpoArtifact(context, base, parts, end).write(doctor.summary());
        }
    }

    private static PpoProgress resumed(StageContext context, PpoParts parts) {
        PpoOptions options = parts.config().ppo();
        if (!context.resume()) {
            return PpoProgress.start(options);
        }
        PpoProgress found = parts.checkpoints()
                .restore(parts.optimisation())
                .map(state -> PpoProgress.of(state, options))
                .orElseGet(() -> PpoProgress.start(options));
        parts.judge().model().restore(found.reward());
        return found;
    }

    /** The whole algorithm; B = batch_size, K of these have a score, T = columns of the longest sequence. */
    private static PpoProgress loop(StageContext context, PpoParts parts, Doctor doctor, PpoProgress from) {
        PpoOptions options = parts.config().ppo();
        PpoUpdate update = PpoUpdate.of(options, parts.roles(), parts.optimisation());
        SampleLog samples = SampleLog.open(PpoArtifact.samples(context.folder()), from.step());
        RolloutLog rollouts = RolloutLog.open(context.folder().work(), from.step());
        SaveClock saving = SaveClock.of(options.saveSteps(), options.saveMinutes(), context.nanoClock());
        PpoProgress at = from;
        try (RunLog log = context.log(NAME, from.step(), options.steps(), Metrics.ppoColumns())) {
            doctor.speakTo(log::print);
            at = at.step() == 0 ? heldBefore(parts, log, at) : at;
            while (at.step() < options.steps()) {
                long start = context.nanoClock().getAsLong();
                // 1. prompts [B]
                List<PromptRow> prompts = parts.prompts().batch(at.step());
                // 2. responses of the policy [B]
                SampleKey key = new SampleKey(parts.config().seed(), NAME, at.step(), 0);
                Rollouts.Answers answers = parts.rollouts().answer(parts.roles().policy(), prompts, key);
                long generated = context.nanoClock().getAsLong();
                // 3. scores of the texts [B]; responses without one are left out of the update
                Judge.Verdict verdict = parts.judge().judge(answers.samples());
                at = at.judged(verdict, parts.judge().model().state());
                rollouts.write(at.step() + 1, answers.samples(), verdict);
                // 4. to 7. update on what has a score, KL coefficient, metrics
                Map<String, Double> metrics;
                if (verdict.kept().length == 0) {
                    at = at.skipped();
                    metrics = verdict.metrics();
                } else {
                    Learnt learnt =
                            learn(context, parts, update, doctor, at, new Judged(answers, verdict, start, generated));
                    at = learnt.at();
                    metrics = learnt.metrics();
                }
                // 8. evaluation, samples, checkpoint
                Map<String, Double> found = heldAfter(parts, at);
                at = at.withResults("after/", found);
                metrics.putAll(found);
                metrics.put("skipped_steps", (double) parts.optimisation().skipped());
                doctor.observe(at.step(), metrics, parts.optimisation().broken());
                log.step(at.step(), metrics);
                doctor.conclude();
                if (verdict.dropped() > 0) {
                    log.print("step " + at.step() + ": " + verdict.describeDropped());
                }
                RolloutChecks.guardIsRare(at.guardedInARow(), options);
                RolloutChecks.someAreScored(at, verdict);
                if (every(options.samplesEvery(), at.step())) {
                    show(parts, samples, log, at.step(), new Shown(prompts, key, answers, verdict));
                }
                boolean stops = context.stop().isRequested() && at.step() < options.steps();
                if (stops || saving.due(at.step()) && at.step() < options.steps()) {
                    log.sync();
                    parts.checkpoints().save(at.state(), parts.optimisation());
                }
                if (stops) {
                    throw StopSignal.stopped(at.step());
                }
            }
        }
        return at;
    }

    /** A rollout [B] with its scores, and when (in nanoseconds) the step began and the responses were there. */
    private record Judged(Rollouts.Answers answers, Judge.Verdict verdict, long start, long generated) {}

    /** Where an update led to. */
    private record Learnt(PpoProgress at, Map<String, Double> metrics) {}

    /** What is done with the K responses that have a score. */
    private static Learnt learn(
            StageContext context, PpoParts parts, PpoUpdate update, Doctor doctor, PpoProgress at, Judged judged) {
        PpoOptions options = parts.config().ppo();
        Judge.Verdict verdict = judged.verdict();
        Rollouts.Answers answers = judged.answers().rows(verdict.kept());
        int rows = answers.sequences().size();
        ScoreProcessing.Processed scores =
                options.scoreProcessing().process(verdict.scores(), ends(parts, answers), at.moments());
        long scored = context.nanoClock().getAsLong();
        // 4. old and reference log-probabilities, entropies, values [K, T]
        MiniBatches miniBatches =
                MiniBatches.shuffled(options, rows, parts.config().seed(), at.step());
        PpoUpdate.Reading reading = update.read(answers.sequences(), miniBatches);
        long read = context.nanoClock().getAsLong();
        // 5. rewards of each token, advantages, returns [K, T]
        double beta = at.kl().value();
        Experience experience = update.judge(reading, scores.scores(), verdict.tokenScores(), beta);
        if (at.isFirst()) {
            doctor.examine(new StartKl(experience.largestKl()));
            doctor.examine(PpoPreflight.gradientFlow(parts, answers.sequences()));
            doctor.conclude();
        }
        long computed = context.nanoClock().getAsLong();
        // 6. epochs of mini-batches: losses, gradients, optimiser steps
        PpoUpdate.Outcome outcome = update.train(experience, miniBatches);
        if (at.isFirst()) {
            doctor.examine(new StartRatio(outcome.firstLogRatio()));
            doctor.conclude();
        }
        long updated = context.nanoClock().getAsLong();
        // 7. the KL coefficient for the next step, metrics of this one
        KlController next = at.kl().after(experience.rewards().objectiveKl(), rows);
        PpoProgress after = at.stepped(next, scores.moments(), outcome.guarded() > 0);
        PpoMetrics.Times times =
                new PpoMetrics.Times(judged.start(), judged.generated(), scored, read, computed, updated);
        PpoMetrics.Step numbers = new PpoMetrics.Step(
                verdict, scores.scores(), answers.ended(), beta, after.episodes(options.batchSize()), times);
        Map<String, Double> metrics = PpoMetrics.of(numbers, experience, outcome);
        return new Learnt(remember(after, at.isFirst(), metrics), metrics);
    }

    /** Where nothing ends a response but its length, there is nothing to penalise. */
    private static boolean[] ends(PpoParts parts, Rollouts.Answers answers) {
        return parts.config().sampling().stop() == PpoSampling.Stop.NONE ? null : answers.ended();
    }

    private static boolean every(int steps, long done) {
        return steps > 0 && done % steps == 0;
    }

    private static PpoProgress remember(PpoProgress at, boolean first, Map<String, Double> metrics) {
        Map<String, Double> kept = new LinkedHashMap<>();
        for (String name : List.of("env/reward_mean", "objective/kl")) {
            kept.put(name, metrics.get(name));
        }
        return first ? at.withResults("first/", kept).withResults("last/", kept) : at.withResults("last/", kept);
    }

    private static PpoProgress heldBefore(PpoParts parts, RunLog log, PpoProgress at) {
        if (parts.held() == null) {
            return at;
        }
        Map<String, Double> found = parts.held().run(parts.roles(), parts.rollouts());
        log.record(0, found);
        log.print(parts.held().describe() + ", before: " + PpoArtifact.line(found));
        return at.withResults("before/", found);
    }

    private static Map<String, Double> heldAfter(PpoParts parts, PpoProgress at) {
        boolean last = at.step() == parts.config().ppo().steps();
        if (parts.held() == null
                || !(last
                        || parts.config().eval().everySteps() != null
                                && every(parts.config().eval().everySteps(), at.step()))) {
            return Map.of();
        }
        return parts.held().run(parts.roles(), parts.rollouts());
    }

    /** What a table of samples is made of. */
    private record Shown(List<PromptRow> prompts, SampleKey key, Rollouts.Answers answers, Judge.Verdict verdict) {}

    /** The rollout's first responses beside what the reference says with the same random numbers. */
    private static void show(PpoParts parts, SampleLog samples, RunLog log, long step, Shown shown) {
        int count = Math.min(SHOWN, shown.prompts().size());
        Rollouts.Answers before = parts.rollouts()
                .answer(parts.roles().reference(), shown.prompts().subList(0, count), shown.key());
        Judge.Verdict judged = parts.judge().look(before.samples());
        List<SampleLog.Line> lines = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            SamplesTable.Row row = new SamplesTable.Row(
                    shown.prompts().get(i).text(),
                    before.samples().get(i).response(),
                    shown.answers().samples().get(i).response(),
                    judged.score(i),
                    shown.verdict().score(i));
            lines.add(new SampleLog.Line(row, judged.parts(i), shown.verdict().parts(i)));
        }
        samples.write(step, lines);
        List<SamplesTable.Row> rows = lines.stream().map(SampleLog.Line::row).toList();
        log.text(step, "samples", SamplesTable.markdown(rows));
        log.print(SamplesTable.render("samples of step " + step + " (before: the reference)", rows, TABLE_WIDTH));
    }
}
