package dev.trefoil.doctor;

import java.util.List;
import java.util.Optional;

/**
 * The log-probabilities that PPO compares must be those of the distribution that was sampled from.
 *
 * @param faults settings that change it, each with what is wanted
 */
public record SamplingPurity(List<String> faults) implements Check {

    static final Advice ADVICE = new Advice(
            "sampling_purity",
            Severity.STOP,
            "such samples do not come from the policy whose log-probabilities PPO compares, so the "
                    + "estimated KL can turn negative and the policy learns to make it so",
            "sample plainly, or set ppo.unsafe_sampling: true to go on all the same",
            "trl#925, trl#1005, trl#1161, trl#1857, trl#352");

    @Override
    public Advice advice() {
        return ADVICE;
    }

    @Override
    public Optional<String> complaint() {
        return faults.isEmpty() ? Optional.empty() : Optional.of("sampling: " + String.join("; ", faults));
    }

    public SamplingPurity {
        faults = List.copyOf(faults);
    }
}
