package dev.trefoil.token;

import dev.trefoil.config.Doc;
import dev.trefoil.config.Range;
import java.util.Objects;

/**
 * How texts become rows of tokens.
 */
public record PackingConfig(
        @Doc("concat: one stream cut into rows; none: one sample a row.")
        Mode mode,

        @Range(min = 2) @Doc("Tokens of a row at most.") int length,

        @Doc("respect: attention and positions end with a sample; attend: they go on through the row.")
        Boundaries boundaries,

        @Doc("End of a sample longer than a row that is kept (mode none).")
        Keep keep,

        @Doc("Puts the end token behind each sample.") boolean eos,
        @Range(min = 1) @Doc("Rows at most.") Integer rows) {

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
