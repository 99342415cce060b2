package dev.trefoil.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * The glossary of every metric that a stage logs. Names are TRL's where TRL has the quantity: those of SFTTrainer and RewardTrainer
 * for supervised and reward training, those of the PPOTrainer up to TRL 0.11 for PPO. The order of the glossary is the order in
 * files and tables.
 */
public final class Metrics {

    private static final String EVALUATION = "eval_";

    /** What named parts of rewards are called: env/reward/NAME_mean. */
    private static final String PART = "env/reward/";

    private static final String PART_MEAN = "_mean";

    private static final List<Metric> GLOSSARY = glossary();

    /** Files put known metrics in the order of the glossary and all others behind them by name. */
    public static final Comparator<String> FILE_ORDER =
            Comparator.<String>comparingInt(Metrics::rank).thenComparing(Comparator.naturalOrder());

    private Metrics() {}

    /** All metrics in the order of files. */
    public static List<Metric> all() {
        return GLOSSARY;
    }

    /** The metric of that name; {@code eval_X} is explained from X where it has no entry of its own, {@code env/reward/NAME_mean} by itself. */
    public static Optional<Metric> find(String name) {
        Optional<Metric> known =
                GLOSSARY.stream().filter(metric -> metric.name().equals(name)).findFirst();
        if (known.isPresent()) {
            return known;
        }
        if (name.startsWith(PART) && name.endsWith(PART_MEAN) && name.length() > PART.length() + PART_MEAN.length()) {
            String part = name.substring(PART.length(), name.length() - PART_MEAN.length());
            String meaning = "Mean of the part '" + part + "' that the reward model reports beside its score.";
            return Optional.of(new Metric(name, part, "1", meaning));
        }
        if (!name.startsWith(EVALUATION)) {
            return known;
        }
        return find(name.substring(EVALUATION.length()))
                .map(metric -> new Metric(
                        name, "eval " + metric.label(), metric.unit(), "On the evaluation data: " + metric.meaning()));
    }

    /** The short label of a metric, or its name when the glossary lacks it. */
    public static String label(String name) {
        return find(name).map(Metric::label).orElse(name);
    }

    /** The columns of a supervised run's console line. */
    public static List<String> supervisedColumns() {
        return List.of("loss", "eval_loss", "learning_rate", "grad_norm", "tokens_per_second");
    }

    /** The columns of a reward run's console line. */
    public static List<String> rewardColumns() {
        return List.of(
                "loss", "accuracy", "margin", "eval_accuracy", "learning_rate", "grad_norm", "tokens_per_second");
    }

    /** The columns of a PPO run's console line. */
    public static List<String> ppoColumns() {
        return List.of(
                "env/reward_mean",
                "objective/kl",
                "objective/kl_coef",
                "ppo/loss/policy",
                "ppo/loss/value",
                "ppo/policy/clipfrac",
                "objective/entropy",
                "tokens/responses_len_mean",
                "tokens_per_second");
    }

    /** The glossary as a text table, for {@code trefoil metrics}. */
    public static String table(int width) {
        List<List<String>> rows = new ArrayList<>();
        for (Metric metric : GLOSSARY) {
            rows.add(List.of(metric.name(), metric.unit(), metric.meaning()));
        }
        return new TextTable(List.of("metric", "unit", "meaning"), List.of(0, 0, 1)).render(rows, width);
    }

    private static int rank(String name) {
        boolean evaluation = name.startsWith(EVALUATION);
        String plain = evaluation ? name.substring(EVALUATION.length()) : name;
        for (int i = 0; i < GLOSSARY.size(); i++) {
            if (GLOSSARY.get(i).name().equals(name)) {
                return i;
            }
        }
        for (int i = 0; evaluation && i < GLOSSARY.size(); i++) {
            if (GLOSSARY.get(i).name().equals(plain)) {
                return GLOSSARY.size() + i;
            }
        }
        return 2 * GLOSSARY.size();
    }

    private static List<Metric> glossary() {
        List<Metric> all = new ArrayList<>(MetricTables.training());
        all.addAll(MetricTables.ppoObjective());
        all.addAll(MetricTables.ppoUpdate());
        all.addAll(MetricTables.lengthsAndTimes());
        return List.copyOf(all);
    }
}
