package dev.trefoil.doctor;

import java.util.Locale;
import java.util.Optional;

/**
 * A text's score must not depend on the batch in which it stands.
 *
 * @param readsPadding whether other numbers in the padding change a score
 * @param difference largest one between a score alone and in a padded batch
 * @param allowed that much is rounding, which other matrix shapes do otherwise
 */
public record Padding(boolean readsPadding, double difference, double allowed) implements Check {

    static final Advice ADVICE = new Advice(
            "padding",
            Severity.STOP,
            "scores are read at padding, or attention sees it; pad and end token being one id is no cause "
                    + "here, lengths are explicit",
            "run `trefoil verify` on this machine and report the case that fails",
            "trl#937, trl#2758, trl#422, RewardModeling#49, reward-bench#137");

    @Override
    public Advice advice() {
        return ADVICE;
    }

    @Override
    public Optional<String> complaint() {
        if (readsPadding) {
            return Optional.of("the scores of texts in a padded batch change with what the padding holds");
        }
        return difference <= allowed
                ? Optional.empty()
                : Optional.of(String.format(
                        Locale.ROOT,
                        "the scores of a text alone and in a padded batch differ by %.3g, at most %.3g is rounding",
                        difference,
                        allowed));
    }
}
