package dev.trefoil.report.page;

import dev.trefoil.report.Metric;
import dev.trefoil.report.Metrics;
import dev.trefoil.report.MetricsLog;
import dev.trefoil.report.PrintableText;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Which metrics of a stage are drawn, in which order, and what is drawn together. */
final class StageCharts {

    private static final String EVALUATION = "eval_";
    private static final int STYLES = 8;

    /** The metrics that a person looks at first, in this order; each is joined by its own evaluation. */
    private static final Map<String, List<String>> LEADING = Map.of(
            "sft",
            List.of("loss", "eval_perplexity", "learning_rate", "grad_norm", "tokens_per_second"),
            "reward",
            List.of("loss", "accuracy", "margin", "learning_rate", "grad_norm", "mean_reward", "tokens_per_second"),
            "ppo",
            List.of(
                    "env/reward_mean",
                    "objective/kl",
                    "objective/kl_coef",
                    "judge/reward_mean",
                    "objective/entropy",
                    "ppo/policy/clipfrac",
                    "ppo/loss/policy",
                    "ppo/loss/value",
                    "ppo/val/var_explained",
                    "ppo/policy/approxkl",
                    "ppo/policy/ratio_max",
                    "tokens/responses_len_mean",
                    "tokens/distinct_bigrams",
                    "ppo/learning_rate",
                    "grad_norm",
                    "tokens_per_second"));

    private static final Map<String, CurveDrawing.Level> LEVELS = Map.of(
            "accuracy", new CurveDrawing.Level(0.5, "chance"),
            "objective/kl", new CurveDrawing.Level(10, "10"),
            "ppo/val/var_explained", new CurveDrawing.Level(0, "a constant"),
            "ppo/policy/clipfrac", new CurveDrawing.Level(0.3, "hasty"));

    private StageCharts() {}

    /** A run's log with the label that it has where several are drawn over each other. */
    record Log(String label, List<MetricsLog.Row> rows) {}

    /** The leading metrics that have at least two points. */
    static List<Chart> leading(String stage, List<Log> logs) {
        List<Chart> charts = new ArrayList<>();
        for (String metric : LEADING.getOrDefault(stage, List.of())) {
            chart(metric, logs).ifPresent(charts::add);
            if (logs.size() > 1) {
                chart(EVALUATION + metric, logs).ifPresent(charts::add);
            }
        }
        return charts;
    }

    /** All other metrics. */
    static List<Chart> others(String stage, List<Log> logs) {
        List<String> leading = LEADING.getOrDefault(stage, List.of());
        Set<String> names = new TreeSet<>(Metrics.FILE_ORDER);
        for (Log log : logs) {
            log.rows().forEach(row -> names.addAll(row.metrics().keySet()));
        }
        List<Chart> charts = new ArrayList<>();
        for (String name : names) {
            boolean joined = logs.size() == 1
                    && names.contains(trained(name))
                    && !trained(name).equals(name);
            if (!leading.contains(trained(name)) && !leading.contains(name) && !joined) {
                chart(name, logs).ifPresent(charts::add);
            }
        }
        return charts;
    }

    /** The metric of training for that of an evaluation; any other name as it is. */
    private static String trained(String name) {
        return name.startsWith(EVALUATION) ? name.substring(EVALUATION.length()) : name;
    }

    /** One run: training and evaluation together. Several: one curve a run, told apart by colour. */
    private static Optional<Chart> chart(String name, List<Log> logs) {
        List<CurveDrawing.Curve> curves = new ArrayList<>();
        if (logs.size() == 1) {
            List<MetricsLog.Row> rows = logs.get(0).rows();
            addIfAny(curves, curve(name, "training", style(0), rows));
            addIfAny(curves, curve(EVALUATION + name, "evaluation", style(1), rows));
        } else {
            for (int i = 0; i < logs.size(); i++) {
                addIfAny(
                        curves,
                        curve(name, logs.get(i).label(), style(i), logs.get(i).rows()));
            }
        }
        int points =
                curves.stream().mapToInt(curve -> curve.values().size()).max().orElse(0);
        if (points < 2) {
            return Optional.empty();
        }
        Metric metric = Metrics.find(name).orElse(new Metric(name, name, "1", ""));
        CurveDrawing.Level level = LEVELS.get(trained(name));
        List<CurveDrawing.Level> levels = level == null ? List.of() : List.of(level);
        return Optional.of(CurveDrawing.draw(title(metric), metric.meaning(), curves, levels));
    }

    private static String title(Metric metric) {
        // A reward model names its parts as it likes.
        String name = PrintableText.of(metric.name());
        return metric.unit().equals("1") || metric.unit().equals("share") ? name : name + ", " + metric.unit();
    }

    private static void addIfAny(List<CurveDrawing.Curve> curves, CurveDrawing.Curve curve) {
        if (!curve.values().isEmpty()) {
            curves.add(curve);
        }
    }

    /** The class of the colour of a run. */
    static String style(int index) {
        return "s" + index % STYLES;
    }

    private static CurveDrawing.Curve curve(String name, String label, String style, List<MetricsLog.Row> rows) {
        List<Double> steps = new ArrayList<>();
        List<Double> values = new ArrayList<>();
        for (MetricsLog.Row row : rows) {
            Double value = row.metrics().get(name);
            if (value != null && Double.isFinite(value)) {
                steps.add((double) row.step());
                values.add(value);
            }
        }
        return new CurveDrawing.Curve(label, style, steps, values);
    }
}
