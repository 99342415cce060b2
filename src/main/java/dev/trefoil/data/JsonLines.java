package dev.trefoil.data;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.trefoil.UserError;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Writes rows as JSON Lines; its {@code main} turns a data file of any form into one, for {@code scripts/fetch-data}. */
public final class JsonLines {

    private static final JsonMapper JSON = new JsonMapper();

    private JsonLines() {}

    /** Writes one object a line, UTF-8. */
    public static void write(Path target, Iterable<Map<String, Object>> rows) throws IOException {
        try (BufferedWriter out = Files.newBufferedWriter(target)) {
            for (Map<String, Object> row : rows) {
                out.write(JSON.writeValueAsString(row));
                out.write('\n');
            }
        }
    }

    /**
     * Reads a file of labelled texts and writes it as JSON Lines in a random order, since published files often have one class
     * after the other.
     *
     * @param names names of the labels 0, 1, ... in the column {@code label}
     * @return rows written
     */
    public static int convert(Path source, Path target, List<String> names, long seed) throws IOException {
        List<Row> rows = DataFile.readAll(source, ReadOptions.defaults());
        List<Map<String, Object>> named = new ArrayList<>(rows.size());
        for (int i : KeyedRandom.of(seed).permutation(rows.size())) {
            Row row = rows.get(i);
            Map<String, Object> values = new LinkedHashMap<>(row.values());
            if (!(values.get("label") instanceof Number label)
                    || label.intValue() < 0
                    || label.intValue() >= names.size()) {
                throw UserError.data(row.where() + ": label is " + values.get("label") + ", wanted a number from 0 to "
                        + (names.size() - 1) + " for " + String.join(", ", names));
            }
            values.put("label", names.get(label.intValue()));
            named.add(values);
        }
        write(target, named);
        return named.size();
    }

    /** Arguments: source, target, then the names of the labels. */
    public static void main(String[] arguments) throws IOException {
        if (arguments.length < 3) {
            System.err.println("usage: JsonLines SOURCE TARGET LABEL...");
            System.exit(dev.trefoil.ExitCode.USAGE.value());
        }
        List<String> names = List.of(arguments).subList(2, arguments.length);
        try {
            int rows = convert(Path.of(arguments[0]), Path.of(arguments[1]), names, 0);
            System.out.println(arguments[1] + ": " + rows + " rows");
        } catch (UserError e) {
            System.err.println(e.getMessage());
            System.exit(e.code().value());
        }
    }
}
