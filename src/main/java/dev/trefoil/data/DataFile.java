package dev.trefoil.data;

import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.zip.GZIPInputStream;

/** Opens a data file as a stream of rows, in the file's order. */
public final class DataFile {

    private static final int BUFFER_BYTES = 1 << 16;

    private DataFile() {}

    /**
     * Opens a JSON Lines, JSON array, CSV, TSV, Parquet or XML file.
     *
     * @throws UserError when the file is missing, empty, of unknown form or damaged; rows that turn out damaged later throw
     *     from the reader
     */
    public static RowReader read(Path file, ReadOptions options) {
        return read(file, options, BadRows.STOP);
    }

    /**
     * The same, rows that cannot be read going to {@code bad}: lines of JSON Lines, CSV and TSV, elements of XML. A damaged
     * Parquet file or JSON array has no next row to go on with and throws.
     */
    public static RowReader read(Path file, ReadOptions options, BadRows bad) {
        checkReadable(file);
        Format format = options.format().resolve(file);
        RowReader rows =
                switch (format) {
                    case JSON -> JsonRows.open(file, options.maxLineBytes(), bad);
                    case XML -> XmlRows.open(file, options.maxLineBytes(), bad);
                    default -> DuckRows.open(file, format, bad);
                };
        return new Selected(rows, options);
    }

    /** The bytes of a file, decompressed when its name says so. */
    static InputStream bytes(Path file) throws IOException {
        InputStream in = new BufferedInputStream(Files.newInputStream(file), BUFFER_BYTES);
        if (!file.getFileName().toString().toLowerCase(Locale.ROOT).endsWith(Format.GZIP)) {
            return in;
        }
        try {
            return new BufferedInputStream(new GZIPInputStream(in, BUFFER_BYTES), BUFFER_BYTES);
        } catch (IOException e) {
            in.close();
            throw e;
        }
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
            throw UserError.data(
                    file + ": is a folder, wanted a data file (.jsonl, .json, .csv, .tsv, .parquet, .xml)");
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
