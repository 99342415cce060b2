package dev.trefoil.doctor;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Responses that repeat themselves are how a reward model is most often deceived. */
final class Repetition implements LiveRule {

    static final Advice ADVICE = new Advice(
            "repetition",
            Severity.WARN,
            "the reward model scores a repeated phrase well, or the end token is never learned",
            "raise ppo.kl.coef, add a rule against repetition to the reward, look at samples.jsonl",
            "trl#204, trl#242; the StackLLaMA blog's back-ticks");

    private static final double SHARE = 0.5;

    private final Course distinct = new Course(3);

    @Override
    public Advice advice() {
        return ADVICE;
    }

    @Override
    public Optional<String> observe(Map<String, Double> metrics) {
        distinct.add(metrics.get("tokens/distinct_bigrams"));
        return distinct.hasMoved() && distinct.last() < SHARE * distinct.first()
                ? Optional.of(String.format(
                        Locale.ROOT,
                        "distinct pairs of tokens fell from %.2f to %.2f of all pairs, wanted at least "
                                + "half of the first",
                        distinct.first(),
                        distinct.last()))
                : Optional.empty();
    }
}
