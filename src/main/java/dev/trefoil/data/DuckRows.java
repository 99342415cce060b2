package dev.trefoil.data;

import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import java.nio.file.Path;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Struct;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Properties;
import org.duckdb.DuckDBDriver;
import org.duckdb.DuckDBStruct;

/** CSV, TSV and Parquet through an in-memory DuckDB that streams its result and may load nothing from outside. */
final class DuckRows implements RowReader {

    private final Path file;
    private final Connection connection;
    private final PreparedStatement statement;
    private final ResultSet result;
    private final List<String> columns;
    private final BadRows bad;
    private long number;
    private Boolean ready;

    private DuckRows(
            Path file,
            Connection connection,
            PreparedStatement statement,
            ResultSet result,
            List<String> names,
            BadRows bad) {
        this.file = file;
        this.connection = connection;
        this.statement = statement;
        this.result = result;
        this.columns = names;
        this.bad = bad;
    }

    static DuckRows open(Path file, Format format, BadRows bad) {
        Connection connection = null;
        try {
            connection = connect();
            PreparedStatement statement = connection.prepareStatement(query(format, bad != BadRows.STOP));
            statement.setString(1, file.toString());
            ResultSet result = statement.executeQuery();
            ResultSetMetaData meta = result.getMetaData();
            List<String> columns = new ArrayList<>();
            for (int i = 1; i <= meta.getColumnCount(); i++) {
                columns.add(meta.getColumnName(i));
            }
            return new DuckRows(file, connection, statement, result, List.copyOf(columns), bad);
        } catch (SQLException e) {
            UserError error = unreadable(file, format.name(), e);
            closeAfter(error, connection);
            throw error;
        }
    }

    private static Connection connect() throws SQLException {
        Properties properties = new Properties();
        properties.setProperty(DuckDBDriver.JDBC_STREAM_RESULTS, "true");
        properties.setProperty("autoinstall_known_extensions", "false");
        properties.setProperty("autoload_known_extensions", "false");
        properties.setProperty("temp_directory", "");
        properties.setProperty("threads", "1");
        Connection connection = new DuckDBDriver().connect("jdbc:duckdb:", properties);
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET lock_configuration = true");
        }
        return connection;
    }

    /** All CSV values stay text: a type guessed from the first rows must not fail, or change a text, later on. */
    private static String query(Format format, boolean tolerant) {
        String csv =
                "SELECT * FROM read_csv(?, header = true, all_varchar = true, allow_quoted_nulls = false, quote = '\"', escape = '\"', "
                        + (tolerant ? "store_rejects = true, " : "") + "delim = '";
        return switch (format) {
            case CSV -> csv + ",')";
            case TSV -> csv + "\t')";
            case PARQUET -> "SELECT * FROM read_parquet(?)";
            default -> throw new IllegalArgumentException("not a table format: " + format);
        };
    }

    private static UserError unreadable(Path file, String form, SQLException e) {
        String reason = String.valueOf(e.getMessage())
                .lines()
                .limit(3)
                .reduce((a, b) -> a + " " + b)
                .orElse("");
        return new UserError(ExitCode.CONFIG_OR_DATA, file + ": cannot be read as " + form + ": " + reason.strip(), e);
    }

    @Override
    public boolean hasNext() {
        try {
            if (ready == null) {
                ready = result.next();
                if (!ready && bad != BadRows.STOP) {
                    reject();
                }
            }
            return ready;
        } catch (SQLException e) {
            throw unreadable(file, "a table after row " + number, e);
        }
    }

    /** The lines that the reader of CSV passed over; it tells them when it is through. */
    private void reject() throws SQLException {
        try (Statement query = connection.createStatement();
                ResultSet tables =
                        query.executeQuery("SELECT 1 FROM duckdb_tables() WHERE table_name = 'reject_errors'")) {
            if (!tables.next()) {
                return;
            }
        }
        try (Statement query = connection.createStatement();
                ResultSet rejects = query.executeQuery("SELECT line, min(error_type::VARCHAR), min(error_message)"
                        + " FROM reject_errors GROUP BY line ORDER BY line")) {
            while (rejects.next()) {
                String message =
                        String.valueOf(rejects.getString(3)).lines().findFirst().orElse("");
                String type = rejects.getString(2).toLowerCase(Locale.ROOT);
                bad.add(new BadRow(file, rejects.getLong(1), "not a valid row: " + type, ": " + message));
            }
        }
    }

    @Override
    public Row next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        ready = null;
        number++;
        try {
            Map<String, Object> values = new LinkedHashMap<>();
            for (int i = 0; i < columns.size(); i++) {
                values.put(columns.get(i), plain(result.getObject(i + 1)));
            }
            return new Row(file, number, values);
        } catch (SQLException e) {
            throw unreadable(file, "a table at row " + number, e);
        }
    }

    /** Lists and structs as java.util collections; dates, blobs and the like as their text. */
    private static Object plain(Object value) throws SQLException {
        if (value == null || value instanceof String || value instanceof Number || value instanceof Boolean) {
            return value;
        }
        if (value instanceof Array array) {
            List<Object> list = new ArrayList<>();
            for (Object part : Arrays.asList((Object[]) array.getArray())) {
                list.add(plain(part));
            }
            return list;
        }
        if (value instanceof DuckDBStruct struct) {
            Map<String, Object> map = new LinkedHashMap<>();
            for (Map.Entry<String, Object> part : struct.getMap().entrySet()) {
                map.put(part.getKey(), plain(part.getValue()));
            }
            return map;
        }
        if (value instanceof Struct struct) {
            return Arrays.asList(struct.getAttributes());
        }
        return value.toString();
    }

    @Override
    public void close() {
        try (connection;
                statement;
                result) {
            ready = false;
        } catch (SQLException e) {
            throw unreadable(file, "a table", e);
        }
    }

    private static void closeAfter(UserError error, Connection connection) {
        try {
            if (connection != null) {
                connection.close();
            }
        } catch (SQLException e) {
            error.addSuppressed(e);
        }
    }
}
