package dev.trefoil.data.published;

import dev.trefoil.data.BadRow;
import dev.trefoil.data.Row;
import java.nio.file.Path;

/** Where something stands, for messages: file and row. */
record Place(Path file, long row) {

    static Place of(Row row) {
        return new Place(row.file(), row.number());
    }

    BadRow bad(String reason, String detail) {
        return new BadRow(file, row, reason, detail);
    }
}
