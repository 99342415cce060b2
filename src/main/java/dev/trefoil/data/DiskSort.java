package dev.trefoil.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import dev.trefoil.artifact.AtomicFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import org.duckdb.DuckDBAppender;
import org.duckdb.DuckDBConnection;
import org.duckdb.DuckDBDriver;

/**
 * Sorts more rows than fit in memory: a DuckDB database in a folder of its own, which goes when this is closed. Needs room on
 * the disk for about twice the rows.
 */
public final class DiskSort implements AutoCloseable {

    private static final JsonMapper JSON = new JsonMapper();
    private static final TypeReference<LinkedHashMap<String, Object>> OBJECT = new TypeReference<>() {};
    private static final long ROWS_OF_A_FLUSH = 4096;

    private final Path folder;
    private final DuckDBConnection connection;
    private final DuckDBAppender appender;
    private long rows;

    private DiskSort(Path folder, DuckDBConnection connection, DuckDBAppender appender) {
        this.folder = folder;
        this.connection = connection;
        this.appender = appender;
    }

    /** Takes rows in the order of their key, then of their number, then as they were added. */
    @FunctionalInterface
    public interface Sink {
        void accept(String key, long number, Map<String, Object> row);
    }

    /**
     * Makes an empty one.
     *
     * @param beside file or folder beside which the working folder is made
     * @param memory limit of what DuckDB holds, such as {@code 256MB}
     */
    public static DiskSort open(Path beside, String memory) {
        Path folder = AtomicFiles.aside(beside.toAbsolutePath());
        try {
            Files.createDirectories(folder);
            Properties properties = new Properties();
            properties.setProperty(DuckDBDriver.JDBC_STREAM_RESULTS, "true");
            properties.setProperty("autoinstall_known_extensions", "false");
            properties.setProperty("autoload_known_extensions", "false");
            properties.setProperty("temp_directory", folder.resolve("spill").toString());
            properties.setProperty("memory_limit", memory);
            properties.setProperty("threads", "1");
            properties.setProperty("preserve_insertion_order", "false");
            Connection connection = new DuckDBDriver().connect("jdbc:duckdb:" + folder.resolve("rows.db"), properties);
            DuckDBConnection duck = connection.unwrap(DuckDBConnection.class);
            try (Statement statement = duck.createStatement()) {
                statement.execute("SET lock_configuration = true");
                statement.execute("CREATE TABLE rows (key VARCHAR, number BIGINT, added BIGINT, value VARCHAR)");
            }
            return new DiskSort(folder, duck, duck.createAppender("main", "rows"));
        } catch (IOException | SQLException e) {
            delete(folder);
            throw failed(folder, e);
        }
    }

    private static UserError failed(Path folder, Exception e) {
        return new UserError(
                ExitCode.FAILED, folder + ": sorting on the disk failed: " + e.getMessage() + "; free some space", e);
    }

    /** Adds a row; its values are those of JSON. */
    public void add(String key, long number, Map<String, Object> row) {
        try {
            appender.beginRow();
            appender.append(key);
            appender.append(number);
            appender.append(rows);
            appender.append(JSON.writeValueAsString(row));
            appender.endRow();
            if (++rows % ROWS_OF_A_FLUSH == 0) {
                appender.flush();
            }
        } catch (SQLException | JsonProcessingException e) {
            throw failed(folder, e);
        }
    }

    /** Hands on all rows in order; to be called once, after the last row was added. */
    public void sorted(Sink sink) {
        try {
            appender.close();
            try (Statement statement = connection.createStatement();
                    ResultSet result =
                            statement.executeQuery("SELECT key, number, value FROM rows ORDER BY key, number, added")) {
                while (result.next()) {
                    sink.accept(result.getString(1), result.getLong(2), JSON.readValue(result.getString(3), OBJECT));
                }
            }
        } catch (SQLException | JsonProcessingException e) {
            throw failed(folder, e);
        }
    }

    @Override
    public void close() {
        try {
            connection.close();
        } catch (SQLException e) {
            throw failed(folder, e);
        } finally {
            delete(folder);
        }
    }

    private static void delete(Path folder) {
        try {
            AtomicFiles.deleteTree(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
