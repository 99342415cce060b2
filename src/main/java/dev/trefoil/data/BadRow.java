package dev.trefoil.data;

import dev.trefoil.UserError;
import java.nio.file.Path;

/**
 * A row that cannot be used.
 *
 * @param row counted as in {@link Row#number}
 * @param reason in fixed words, by which such rows are counted, such as {@code not valid JSON}
 * @param detail what belongs to this row alone; continues the reason, may be empty
 */
public record BadRow(Path file, long row, String reason, String detail) {

    public static BadRow of(Row row, String reason, String detail) {
        return new BadRow(row.file(), row.number(), reason, detail);
    }

    public String where() {
        return file + " row " + row;
    }

    public UserError error() {
        return UserError.data(where() + ": " + reason + detail);
    }
}
