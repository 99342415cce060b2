package dev.trefoil.data;

import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;

/** Opens a data file as a stream of rows, in the file's order. */
public final class DataFile {

    private DataFile() {}

    /**
     * Opens a JSON Lines, JSON array, CSV, TSV or Parquet file.
     *
     * @throws UserError when the file is missing, empty, of unknown form or damaged; rows that turn out damaged later throw
     *     from the reader
     */
    public static RowReader read(Path file, ReadOptions options) {
        checkReadable(file);
        Format format = options.format().resolve(file);
        RowReader rows =
                format == Format.JSON ? JsonRows.open(file, options.maxLineBytes()) : DuckRows.open(file, format);
        return new Selected(rows, options);
    }

    /** All rows at once, for small files. */
    public static List<Row> readAll(Path file, ReadOptions options) {
        List<Row> all = new ArrayList<>();
        try (RowReader rows = read(file, options)) {
            rows.forEachRemaining(all::add);
        }
        return List.copyOf(all);
    }

    private static void checkReadable(Path file) {
        if (Files.isDirectory(file)) {
            throw UserError.data(file + ": is a folder, wanted a data file (.jsonl, .json, .csv, .tsv, .parquet)");
        }
        if (!Files.exists(file)) {
            throw UserError.data(file + ": no such file; relative paths start at the folder of the file that names them"
                    + " or at the working folder " + Path.of("").toAbsolutePath());
        }
        if (!Files.isReadable(file)) {
            throw UserError.data(file + ": cannot be read; check its permissions");
        }
        try {
            if (Files.size(file) == 0) {
                throw UserError.data(file + ": is empty (0 bytes), wanted at least one row");
            }
        } catch (IOException e) {
            throw new UserError(ExitCode.FAILED, file + ": reading failed: " + e + "; check the disk", e);
        }
    }

    /** Applies filter, skip and limit while reading. */
    private static final class Selected implements RowReader {
        private final RowReader rows;
        private final ReadOptions options;
        private long passed;
        private Row next;

        Selected(RowReader rows, ReadOptions options) {
            this.rows = rows;
            this.options = options;
        }

        @Override
        public boolean hasNext() {
            long end = options.limit() == null ? Long.MAX_VALUE : options.skip() + options.limit();
            while (next == null && passed < end && rows.hasNext()) {
                Row row = rows.next();
                if (fits(row, options.filter())) {
                    passed++;
                    next = passed > options.skip() ? row : null;
                }
            }
            return next != null;
        }

        @Override
        public Row next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            Row row = next;
            next = null;
            return row;
        }

        @Override
        public void close() {
            rows.close();
        }
    }

    /** True when each filtered column holds the wanted value, compared as text. */
    static boolean fits(Row row, Map<String, String> filter) {
        for (Map.Entry<String, String> wanted : filter.entrySet()) {
            if (!row.has(wanted.getKey())) {
                throw MissingColumn.error(row, wanted.getKey(), "filter", "");
            }
            if (!wanted.getValue().equals(row.text(wanted.getKey()))) {
                return false;
            }
        }
        return true;
    }
}
