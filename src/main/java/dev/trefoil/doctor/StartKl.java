package dev.trefoil.doctor;

import java.util.Locale;
import java.util.Optional;

/**
 * Before the first update the trained adapter changes nothing, so policy and reference must agree to the bit.
 *
 * @param largest absolute log-ratio of a token, in nats
 */
public record StartKl(double largest) implements Check {

    static final Advice ADVICE = new Advice(
            "kl_at_start",
            Severity.STOP,
            "the reference lacks an adapter that the policy has, the new adapter does not start from zero, "
                    + "or the engine does not repeat its own results",
            "give ppo the sft artifact it builds on; if that is right, try engine.compute: fp32, or one "
                    + "thread (OMP_NUM_THREADS=1)",
            "trl#1340, trl#495, trl#536, trl#4723");

    @Override
    public Advice advice() {
        return ADVICE;
    }

    @Override
    public Optional<String> complaint() {
        return largest == 0
                ? Optional.empty()
                : Optional.of(String.format(
                        Locale.ROOT,
                        "step 0: policy and reference differ by up to %.3g nats a token before any "
                                + "training, wanted exactly 0",
                        largest));
    }
}
