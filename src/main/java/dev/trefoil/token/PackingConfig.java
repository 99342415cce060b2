package dev.trefoil.token;

import java.util.Objects;

/**
 * How texts become rows of tokens.
 *
 * @param mode one stream cut into rows, or one sample a row
 * @param length tokens of a row at most
 * @param boundaries whether attention may cross from one sample into the next of the same row
 * @param keep which end of a sample longer than a row is kept ({@code none} only; {@code concat} keeps all)
 * @param eos true: an end token behind each sample
 * @param rows rows at most; null for all
 */
public record PackingConfig(Mode mode, int length, Boundaries boundaries, Keep keep, boolean eos, Integer rows) {

    /** One stream cut into rows, or one sample a row. */
    public enum Mode {
        CONCAT,
        NONE
    }

    /** Each sample a document of its own with positions from 0, or one document a row as in TRL's wrapped packing. */
    public enum Boundaries {
        RESPECT,
        ATTEND
    }

    /** The end of a long sample that is kept. */
    public enum Keep {
        START,
        END
    }

    public PackingConfig {
        Objects.requireNonNull(mode, "mode");
        Objects.requireNonNull(boundaries, "boundaries");
        Objects.requireNonNull(keep, "keep");
        if (length < 2) {
            throw new IllegalArgumentException(
                    "length: must be at least 2, was " + length + "; a row of one token has nothing to predict");
        }
        if (rows != null && rows < 1) {
            throw new IllegalArgumentException("rows: must be at least 1, was " + rows);
        }
    }

    public static PackingConfig defaults() {
        return new PackingConfig(Mode.CONCAT, 1024, Boundaries.RESPECT, Keep.START, true, null);
    }

    public PackingConfig withMode(Mode other) {
        return new PackingConfig(other, length, boundaries, keep, eos, rows);
    }

    public PackingConfig withLength(int tokens) {
        return new PackingConfig(mode, tokens, boundaries, keep, eos, rows);
    }

    public PackingConfig withBoundaries(Boundaries other) {
        return new PackingConfig(mode, length, other, keep, eos, rows);
    }

    public PackingConfig withKeep(Keep other) {
        return new PackingConfig(mode, length, boundaries, other, eos, rows);
    }

    public PackingConfig withEos(boolean added) {
        return new PackingConfig(mode, length, boundaries, keep, added, rows);
    }

    public PackingConfig withRows(Integer most) {
        return new PackingConfig(mode, length, boundaries, keep, eos, most);
    }
}
