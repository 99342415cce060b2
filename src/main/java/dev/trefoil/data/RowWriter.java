package dev.trefoil.data;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import dev.trefoil.artifact.AtomicFiles;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Writes rows to a data file of any form but XML, one at a time. The file is there after {@link #commit} and not before; the same
 * rows give the same bytes.
 */
public final class RowWriter implements AutoCloseable {

    private static final JsonMapper JSON = new JsonMapper();
    private static final int BUFFER_BYTES = 1 << 16;

    private final Path target;
    private final Format format;
    private final Path spool;
    private final OutputStream out;
    private final Map<String, ColumnType> columns = new LinkedHashMap<>();
    private long rows;
    private int longestLine;

    private RowWriter(Path target, Format format, Path spool, OutputStream out) {
        this.target = target;
        this.format = format;
        this.spool = spool;
        this.out = out;
    }

    /**
     * Begins a file.
     *
     * @param format AUTO for the one that the name tells
     * @throws UserError when the folder cannot be written to, or the form cannot be written
     */
    public static RowWriter open(Path target, Format format) {
        Format form = format.resolve(target);
        if (form == Format.XML || target.getFileName().toString().endsWith(Format.GZIP)) {
            throw UserError.data(target + ": cannot be written in this form; wanted .jsonl, .csv, .tsv or .parquet");
        }
        try {
            Files.createDirectories(target.toAbsolutePath().getParent());
            Path spool = AtomicFiles.aside(target.toAbsolutePath());
            OutputStream out = Files.newOutputStream(spool, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            return new RowWriter(target, form, spool, new BufferedOutputStream(out, BUFFER_BYTES));
        } catch (IOException e) {
            throw unwritable(target, e);
        }
    }

    private static UserError unwritable(Path target, Exception e) {
        return new UserError(
                ExitCode.FAILED, target + ": cannot be written: " + e + "; check the disk and its permissions", e);
    }

    /** Adds a row; column to value, as in {@link Row}. */
    public void write(Map<String, ?> row) {
        try {
            byte[] line = JSON.writeValueAsBytes(row);
            out.write(line);
            out.write('\n');
            longestLine = Math.max(longestLine, line.length);
        } catch (IOException e) {
            throw unwritable(target, e);
        }
        rows++;
        if (format != Format.JSON) {
            row.forEach((name, value) -> columns.merge(name, ColumnType.of(value), ColumnType::with));
        }
    }

    /** Rows written so far. */
    public long rows() {
        return rows;
    }

    /**
     * Ends the file and gives it its name.
     *
     * @throws UserError when a form with columns got no row at all
     */
    public void commit() {
        try {
            out.close();
            if (format == Format.JSON) {
                publish(spool);
                return;
            }
            if (columns.isEmpty()) {
                throw UserError.data(target + ": no row to write, and so no columns; wanted at least one");
            }
            Path table = spool.resolveSibling(spool.getFileName() + ".table");
            try {
                DuckTable.copy(spool, table, format, columns, longestLine);
                publish(table);
            } finally {
                Files.deleteIfExists(table);
            }
        } catch (IOException | SQLException e) {
            throw unwritable(target, e);
        }
    }

    private void publish(Path written) throws IOException {
        AtomicFiles.syncFile(written);
        AtomicFiles.move(written, target.toAbsolutePath());
    }

    /** Leaves nothing behind but what was committed. */
    @Override
    public void close() {
        try {
            out.close();
            Files.deleteIfExists(spool);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
