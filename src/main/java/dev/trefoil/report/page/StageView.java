package dev.trefoil.report.page;

import com.fasterxml.jackson.databind.JsonNode;
import dev.trefoil.artifact.Manifest;
import dev.trefoil.config.YamlKeys;
import dev.trefoil.report.Metric;
import dev.trefoil.report.Metrics;
import dev.trefoil.report.MetricsLog;
import dev.trefoil.report.PrintableText;
import dev.trefoil.report.Rounded;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;

/**
 * One stage as the template takes it; all texts final but for escaping, which the template does.
 *
 * @param name such as {@code sft}
 * @param title in words
 * @param underWay whether it has not sealed its artifact
 * @param cost time and memory
 * @param doctor what the doctor objected to
 * @param numbers the figures that sum it up
 * @param charts leading curves, and a reward model's margins and calibration
 * @param moreCharts all other metrics
 * @param held what is measured on held prompts or data before and after
 * @param ways the best of n samples beside PPO; empty where that was not measured
 * @param samples texts, the newest first
 * @param moreSamples older ones
 * @param config as YAML
 * @param hashes by what they are of
 */
record StageView(
        String name,
        String title,
        boolean underWay,
        Cost cost,
        List<Objection> doctor,
        List<Number> numbers,
        List<Chart> charts,
        List<Chart> moreCharts,
        List<Held> held,
        List<Way> ways,
        List<Sample> samples,
        List<Sample> moreSamples,
        String config,
        Map<String, String> hashes) {

    private static final double MIB = 1 << 20;
    private static final int SHOWN_SAMPLES = 4;
    private static final String EVALUATION = "eval_";
    private static final String NOTHING = "-";
    private static final Map<String, String> TITLES = Map.of(
            "sft", "Supervised fine-tune", "reward", "Reward model", "ppo", "PPO", "pretrain", "Training from scratch");

    /** Texts for the table of stages; a dash where something was not measured. */
    record Cost(String time, String own, String ownPlanned, String mapped, String mappedPlanned, String moment) {}

    /** A rule of the doctor that fired; texts as in doctor.jsonl. */
    record Objection(String when, String rule, String severity, String found, String cause, String fix) {}

    /** A figure with its name and what it means. */
    record Number(String label, String value, String meaning) {}

    /** A quantity at the first and at the last evaluation. */
    record Held(String metric, String before, String after, String meaning) {}

    /** A way to a higher reward, and how far from the reference it leads. */
    record Way(String name, String reward, String kl) {}

    /** Texts at one prompt; {@code rewards} is empty when there are none. */
    record Sample(String step, String prompt, String before, String after, String rewardBefore, String rewardAfter) {}

    static StageView of(StageRun stage, RunFiles run, PortablePaths paths) {
        List<StageCharts.Log> log = List.of(new StageCharts.Log(stage.name(), stage.rows()));
        List<Chart> charts = new ArrayList<>(StageCharts.leading(stage.name(), log));
        JsonNode evaluation = stage.evaluation();
        if (RewardDrawing.canDraw(evaluation)) {
            charts.add(RewardDrawing.margins(evaluation));
            charts.add(RewardDrawing.calibration(evaluation));
        }
        List<Sample> samples = samples(stage);
        int shown = Math.min(SHOWN_SAMPLES, samples.size());
        return new StageView(
                stage.name(),
                title(stage.name()),
                !stage.isFinished(),
                cost(stage),
                objections(stage),
                numbers(stage),
                charts,
                StageCharts.others(stage.name(), log),
                held(stage),
                stage.name().equals("ppo") ? ways(stage, run.bestOfN()) : List.of(),
                samples.subList(0, shown),
                samples.subList(shown, samples.size()),
                paths.in(stage.config()),
                hashes(stage));
    }

    static String title(String stage) {
        return TITLES.getOrDefault(stage, stage);
    }

    static Cost cost(StageRun stage) {
        StageFacts facts = stage.facts();
        String time = Double.isNaN(stage.seconds()) ? NOTHING : Rounded.duration(stage.seconds());
        if (facts == null) {
            return new Cost(time, NOTHING, NOTHING, NOTHING, NOTHING, "");
        }
        return new Cost(
                facts.resumed() ? time + " since it was resumed" : time,
                mib(facts.measured().ownBytes()),
                mib(facts.planned().ownBytes()),
                mib(facts.measured().mappedBytes()),
                mib(facts.planned().mappedBytes()),
                facts.plannedMoment());
    }

    private static String mib(long bytes) {
        return bytes == 0 ? NOTHING : String.format(Locale.ROOT, "%,.0f MiB", bytes / MIB);
    }

    private static List<Objection> objections(StageRun stage) {
        return stage.findings().stream()
                .map(finding -> new Objection(
                        finding.step() == 0 ? "before the first step" : "step " + finding.step(),
                        PrintableText.of(finding.rule()),
                        PrintableText.of(finding.severity()),
                        PrintableText.of(finding.found()),
                        PrintableText.of(finding.cause()),
                        PrintableText.of(finding.fix())))
                .toList();
    }

    /** What sums a stage up. */
    static List<Number> numbers(StageRun stage) {
        List<Number> numbers = new ArrayList<>();
        JsonNode evaluation = stage.evaluation();
        if (evaluation.has("accuracy")) {
            numbers.addAll(rewardNumbers(evaluation));
        }
        for (String metric : List.of("loss", "env/reward_mean", "objective/kl")) {
            addChange(numbers, stage, metric);
            addChange(numbers, stage, EVALUATION + metric);
        }
        addChange(numbers, stage, "eval_perplexity");
        addChange(numbers, stage, "eval_judge/reward_mean");
        if (!stage.rows().isEmpty()) {
            long steps = stage.rows().get(stage.rows().size() - 1).step();
            numbers.add(new Number("steps", Long.toString(steps), "Optimiser steps, or rollouts of PPO."));
        }
        double[] speeds = values(stage, "tokens_per_second");
        if (speeds.length > 0) {
            Arrays.sort(speeds);
            numbers.add(new Number(
                    "tokens/s, median", Rounded.of(speeds[speeds.length / 2]), meaning("tokens_per_second")));
        }
        return numbers;
    }

    private static List<Number> rewardNumbers(JsonNode evaluation) {
        List<Number> numbers = new ArrayList<>();
        numbers.add(new Number(
                "accuracy, 95 % interval",
                String.format(
                        Locale.ROOT,
                        "%.3f (%.3f to %.3f)",
                        evaluation.path("accuracy").asDouble(),
                        evaluation.path("accuracy_low").asDouble(),
                        evaluation.path("accuracy_high").asDouble()),
                "Share of the " + evaluation.path("pairs").asInt()
                        + " held-out pairs whose chosen text scores above the rejected one."));
        Map<String, String> others = new LinkedHashMap<>();
        others.put("length_baseline_accuracy", "the longer text alone");
        others.put("score_auc", "ROC AUC");
        others.put("length_pearson", "score and length, Pearson");
        others.forEach((key, label) -> {
            if (evaluation.path(key).isNumber()) {
                numbers.add(new Number(label, Rounded.of(evaluation.path(key).asDouble()), key));
            }
        });
        double error = evaluation.path("calibration").path("ece").asDouble(Double.NaN);
        numbers.add(new Number("calibration error", Rounded.of(error), "Mean distance of confidence and accuracy."));
        return numbers;
    }

    private static void addChange(List<Number> numbers, StageRun stage, String metric) {
        double[] values = values(stage, metric);
        if (values.length > 0) {
            String last = Rounded.of(values[values.length - 1]);
            String text = values.length == 1 ? last : Rounded.of(values[0]) + " → " + last;
            numbers.add(new Number(metric, text, meaning(metric)));
        }
    }

    private static String meaning(String metric) {
        return Metrics.find(metric).map(Metric::meaning).orElse("");
    }

    private static double[] values(StageRun stage, String metric) {
        return stage.rows().stream()
                .map(row -> row.metrics().get(metric))
                .filter(value -> value != null && Double.isFinite(value))
                .mapToDouble(Double::doubleValue)
                .toArray();
    }

    private static List<Held> held(StageRun stage) {
        TreeSet<String> names = new TreeSet<>(Metrics.FILE_ORDER);
        stage.rows().stream()
                .map(MetricsLog.Row::metrics)
                .forEach(metrics -> metrics.keySet().stream()
                        .filter(name -> name.startsWith(EVALUATION))
                        .forEach(names::add));
        List<Held> held = new ArrayList<>();
        for (String name : names) {
            double[] values = values(stage, name);
            if (values.length > 0) {
                String before = values.length > 1 ? Rounded.of(values[0]) : NOTHING;
                held.add(new Held(
                        PrintableText.of(name.substring(EVALUATION.length())),
                        before,
                        Rounded.of(values[values.length - 1]),
                        meaning(name)));
            }
        }
        return held;
    }

    private static double count(String text) {
        return text.matches("\\d{1,9}") ? Integer.parseInt(text) : Double.NaN;
    }

    private static List<Way> ways(StageRun stage, List<JsonNode> bestOfN) {
        List<Way> ways = new ArrayList<>();
        double[] rewards = values(stage, EVALUATION + "env/reward_mean");
        double[] kls = values(stage, EVALUATION + "objective/kl");
        double[] best = values(stage, EVALUATION + "env/reward_best_of_n");
        if (bestOfN.isEmpty() && best.length < 2 || rewards.length == 0 || kls.length == 0) {
            return ways;
        }
        ways.add(new Way("PPO", Rounded.of(rewards[rewards.length - 1]), Rounded.of(kls[kls.length - 1])));
        if (best.length > 1) {
            double n = count(YamlKeys.of(stage.config()).getOrDefault("eval.samples", ""));
            // No further than log n - (n - 1)/n: Beirami et al., https://arxiv.org/abs/2401.01879
            ways.add(new Way(
                    "best of " + Rounded.of(n) + " samples of the reference",
                    Rounded.of(best[0]),
                    "at most " + Rounded.of(Math.log(n) - (n - 1) / n)));
        }
        for (JsonNode one : bestOfN) {
            String reward = Rounded.of(one.path("mean_reward").asDouble(Double.NaN));
            JsonNode error = one.path("standard_error");
            ways.add(new Way(
                    "best of " + one.path("n").asInt() + " samples of the reference",
                    error.isNumber() ? reward + " ± " + Rounded.of(error.asDouble()) : reward,
                    "at most " + Rounded.of(one.path("kl_bound").asDouble(Double.NaN))));
        }
        return ways;
    }

    /** The newest first; among those of one step, as they were written. */
    private static List<Sample> samples(StageRun stage) {
        List<StageRun.TextSample> ordered = new ArrayList<>(stage.samples());
        ordered.sort(Collections.reverseOrder((a, b) -> Long.compare(a.step(), b.step())));
        return ordered.stream()
                .map(sample -> new Sample(
                        sample.step() < 0 ? "" : "step " + sample.step(),
                        safe(sample.prompt()),
                        safe(sample.before()),
                        safe(sample.after()),
                        reward(sample.rewardBefore()),
                        reward(sample.rewardAfter())))
                .toList();
    }

    private static String reward(double value) {
        return Double.isNaN(value) ? "" : String.format(Locale.ROOT, "%.2f", value);
    }

    /** Keeps line ends; everything else that hides or turns text around is shown as an escape. */
    private static String safe(String text) {
        return String.join("\n", text.lines().map(PrintableText::of).toList());
    }

    private static Map<String, String> hashes(StageRun stage) {
        Map<String, String> hashes = new LinkedHashMap<>();
        Manifest manifest = stage.manifest();
        if (manifest != null) {
            hashes.put("artifact", stage.artifactHash());
            manifest.hashes().forEach(hashes::put);
            manifest.parents().forEach((role, hash) -> hashes.put("parent " + role, hash));
            manifest.files().forEach(file -> hashes.put(file.path(), file.sha256()));
        }
        return hashes;
    }
}
