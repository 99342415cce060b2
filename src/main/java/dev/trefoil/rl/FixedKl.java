package dev.trefoil.rl;

/**
 * A KL coefficient that stays.
 *
 * @param value at least 0
 */
public record FixedKl(double value) implements KlController {

    public FixedKl {
        if (!(value >= 0)) {
            throw new IllegalArgumentException("kl coefficient: must be at least 0, was " + value);
        }
    }

    @Override
    public FixedKl after(double objectiveKl, long samples) {
        return this;
    }

    @Override
    public FixedKl withValue(double value) {
        return new FixedKl(value);
    }
}
