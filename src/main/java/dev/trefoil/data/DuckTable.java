package dev.trefoil.data;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.Properties;
import java.util.StringJoiner;
import org.duckdb.DuckDBDriver;

/** Writes a spool of JSON Lines as a table file. One thread, so that the same rows give the same bytes. */
final class DuckTable {

    private DuckTable() {}

    static void copy(Path spool, Path target, Format format, Map<String, ColumnType> columns, int longestLine)
            throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("autoinstall_known_extensions", "false");
        properties.setProperty("autoload_known_extensions", "false");
        properties.setProperty("temp_directory", "");
        properties.setProperty("threads", "1");
        boolean table = format != Format.PARQUET;
        StringJoiner types = new StringJoiner(", ", "{", "}");
        columns.forEach((name, type) -> types.add(name(name) + ": " + text(table ? "VARCHAR" : type.sql())));
        String form =
                switch (format) {
                    case PARQUET -> "FORMAT parquet, COMPRESSION zstd";
                    case CSV -> "FORMAT csv, HEADER true";
                    case TSV -> "FORMAT csv, HEADER true, DELIMITER '\t'";
                    default -> throw new IllegalArgumentException("not a table format: " + format);
                };
        try (Connection connection = new DuckDBDriver().connect("jdbc:duckdb:", properties);
                Statement statement = connection.createStatement()) {
            statement.execute("SET lock_configuration = true");
            statement.execute("COPY (SELECT * FROM read_json(" + text(spool.toString())
                    + ", format = 'newline_delimited', columns = " + types + ", maximum_object_size = "
                    + Math.max(longestLine + 1, 1 << 24) + ")) TO " + text(target.toString()) + " (" + form + ")");
        }
    }

    static String name(String column) {
        return "\"" + column.replace("\"", "\"\"") + "\"";
    }

    private static String text(String value) {
        return "'" + value.replace("'", "''") + "'";
    }
}
