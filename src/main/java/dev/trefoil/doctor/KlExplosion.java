package dev.trefoil.doctor;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** A policy that has left the reference writes for the reward model alone. */
final class KlExplosion implements LiveRule {

    static final Advice ADVICE = new Advice(
            "kl_explosion",
            Severity.WARN,
            "the learning rate is too high for the KL coefficient, or the first KL was not 0 (the "
                    + "reference lacks the sft adapter)",
            "lower optim.learning_rate, raise ppo.kl.coef or take controller: adaptive with a target, set "
                    + "ppo.target_kl: 0.1",
            "trl#1340, trl#495, LLaMA-Factory#3902; healthy by TRL's FAQ: 0 to 10");

    private static final double HIGHEST = 25;

    @Override
    public Advice advice() {
        return ADVICE;
    }

    @Override
    public Optional<String> observe(Map<String, Double> metrics) {
        Double now = metrics.get("objective/kl");
        return now != null && now > HIGHEST
                ? Optional.of(String.format(
                        Locale.ROOT,
                        "objective/kl is %.3g nats a response, wanted at most %.0f (healthy: 0 to 10)",
                        now,
                        HIGHEST))
                : Optional.empty();
    }
}
