package dev.trefoil.data;

/** What becomes of rows that cannot be used. */
@FunctionalInterface
public interface BadRows {

    /** Ends the reading at the first one. */
    BadRows STOP = row -> {
        throw row.error();
    };

    /** @throws dev.trefoil.UserError to end the reading */
    void add(BadRow row);
}
