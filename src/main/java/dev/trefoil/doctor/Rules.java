package dev.trefoil.doctor;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** All rules by name. */
public final class Rules {

    private static final List<Advice> CHECKS = List.of(
            StartKl.ADVICE,
            StartRatio.ADVICE,
            Padding.ADVICE,
            EndTokens.ADVICE,
            TruncatedShare.ADVICE,
            GradientFlow.ADVICE,
            RewardGolden.ADVICE,
            SamplingPurity.ADVICE,
            LearningRate.ADVICE,
            BatchSize.ADVICE,
            MemoryFit.ADVICE,
            TokenizerFit.ADVICE);

    private Rules() {}

    /** Those about the start of a run, then those that watch it. */
    public static List<Advice> all() {
        List<Advice> all = new ArrayList<>(CHECKS);
        live().forEach(rule -> all.add(rule.advice()));
        return List.copyOf(all);
    }

    /** The rules that watch a run, at its start. */
    static List<LiveRule> live() {
        return List.of(
                new NegativeKl(),
                new KlExplosion(),
                new RatioRange(),
                new ClipFraction(),
                new ExplainedVariance(),
                new EntropyCollapse(),
                new Repetition(),
                new LengthDrift(),
                new RewardHacking(),
                new NotFinite(),
                new LossNotMoving(),
                new EqualRewards());
    }

    /**
     * The section {@code doctor:} of a stage's file, absent or not.
     *
     * @throws IllegalArgumentException for the name of no rule
     */
    public static Map<String, Severity> settings(Map<String, Severity> given) {
        if (given == null) {
            return Map.of();
        }
        List<String> known = all().stream().map(Advice::name).sorted().toList();
        for (String name : given.keySet()) {
            if (!known.contains(name)) {
                throw new IllegalArgumentException(
                        "doctor." + name + ": must be one of the rules " + String.join(", ", known) + ", was " + name);
            }
        }
        return Map.copyOf(given);
    }
}
