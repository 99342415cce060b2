package dev.trefoil.doctor;

import java.util.Optional;

/**
 * A step on too few samples follows their accidents.
 *
 * @param key that sets it
 * @param size samples of one step
 * @param least that a step needs
 */
public record BatchSize(String key, long size, long least) implements Check {

    static final Advice ADVICE = new Advice(
            "batch_size",
            Severity.WARN,
            "advantages are whitened over the batch and scores compared within it: over a handful the "
                    + "signal is mostly chance",
            "raise it; ppo.mini_batch_size or train.gradient_accumulation keep memory where it is",
            "the published presets: 64 to 1024 episodes a rollout; 4 pairs or rows a step");

    @Override
    public Advice advice() {
        return ADVICE;
    }

    @Override
    public Optional<String> complaint() {
        return size >= least
                ? Optional.empty()
                : Optional.of(key + " gives " + size + " samples a step, wanted at least " + least);
    }
}
