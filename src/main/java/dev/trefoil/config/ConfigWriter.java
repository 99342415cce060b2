package dev.trefoil.config;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/** Writes a configuration record as YAML that {@link ConfigReader} reads back to an equal record, and hashes it. */
public final class ConfigWriter {

    private static final int COMMENT_COLUMNS = 110;
    private static final String STEP = "  ";

    private final StringBuilder out = new StringBuilder();

    private ConfigWriter() {}

    /**
     * All keys with their values, each below its {@link Doc} as a comment. Ends with a line feed. {@link BesideFile} paths are
     * written absolute, so that they mean the same wherever the text is kept.
     */
    public static String toYaml(Record record) {
        ConfigWriter writer = new ConfigWriter();
        writer.section(record, "", "", true);
        return writer.out.toString();
    }

    /**
     * SHA-256, in 64 lower-case hexadecimal digits, of the lines {@code key.path: value} in alphabetical order. The same values
     * give the same hash, whatever files or overrides they came from and however the help or the order of keys changes; a {@link BesideFile} path counts as seen from the
     * working directory.
     */
    public static String hash(Record record) {
        try {
            byte[] text = canonical(record).getBytes(StandardCharsets.UTF_8);
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    static String canonical(Record record) {
        List<String> lines = new ArrayList<>();
        flatten(record, "", lines);
        Collections.sort(lines);
        return String.join("\n", lines) + "\n";
    }

    private static Path seenFromHere(Path path) {
        return Path.of("").toAbsolutePath().relativize(path.toAbsolutePath().normalize());
    }

    private static boolean isSection(Object value) {
        return value instanceof Record && Kind.of(value.getClass(), "value").form() == Kind.Form.SECTION;
    }

    private static void flatten(Object value, String path, List<String> lines) {
        String before = path.isEmpty() ? "" : path + ".";
        if (isSection(value)) {
            RecordShape.of(value.getClass())
                    .parts()
                    .forEach(part -> flatten(part.in(value, ConfigWriter::seenFromHere), before + part.key(), lines));
        } else if (value instanceof List<?> list && !list.isEmpty()) {
            for (int i = 0; i < list.size(); i++) {
                flatten(list.get(i), path + "[" + i + "]", lines);
            }
        } else if (value instanceof Map<?, ?> map && !map.isEmpty()) {
            map.forEach((key, item) -> flatten(item, before + Texts.yaml(key), lines));
        } else {
            lines.add(path + ": " + leaf(value));
        }
    }

    private static String leaf(Object value) {
        if (value instanceof List<?>) {
            return "[]";
        }
        return value instanceof Map<?, ?> ? "{}" : Texts.yaml(value);
    }

    /**
     * Writes the keys of a record.
     *
     * @param first what stands before the first key, {@code indent} or the dash of a list item
     * @param docs whether the help is written; items of lists go without
     */
    private void section(Record record, String first, String indent, boolean docs) {
        String before = first;
        for (RecordShape.Part part : RecordShape.of(record.getClass()).parts()) {
            if (docs && !part.doc().isEmpty()) {
                comment(part.doc(), indent);
            }
            out.append(before).append(part.key()).append(':');
            value(part.in(record, Path::toAbsolutePath), indent + STEP, docs);
            before = indent;
        }
    }

    private void comment(String doc, String indent) {
        String rest = doc.replaceAll("\\s+", " ");
        while (!rest.isEmpty()) {
            int end = rest.length();
            if (end > COMMENT_COLUMNS) {
                int space = rest.lastIndexOf(' ', COMMENT_COLUMNS);
                end = space > 0 ? space : end;
            }
            out.append(indent).append("# ").append(rest, 0, end).append('\n');
            rest = rest.substring(end).strip();
        }
    }

    /** Writes what stands behind a colon or dash, with the line feed. */
    private void value(Object value, String indent, boolean docs) {
        if (isSection(value)) {
            if (((Record) value).getClass().getRecordComponents().length == 0) {
                out.append(" {}\n");
                return;
            }
            out.append('\n');
            section((Record) value, indent, indent, docs);
        } else if (value instanceof List<?> list && list.stream().anyMatch(ConfigWriter::isNested)) {
            out.append('\n');
            list.forEach(item -> item(item, indent));
        } else if (value instanceof List<?> list) {
            out.append(" [")
                    .append(String.join(", ", list.stream().map(Texts::yaml).toList()))
                    .append("]\n");
        } else if (value instanceof Map<?, ?> map && !map.isEmpty()) {
            out.append('\n');
            map.forEach((key, item) -> {
                out.append(indent).append(Texts.yaml(key)).append(':');
                value(item, indent + STEP, docs);
            });
        } else {
            out.append(' ').append(leaf(value)).append('\n');
        }
    }

    private static boolean isNested(Object value) {
        return isSection(value) || value instanceof List<?> || value instanceof Map<?, ?>;
    }

    private void item(Object item, String indent) {
        if (isSection(item)) {
            section((Record) item, indent + "- ", indent + STEP, false);
        } else {
            out.append(indent).append('-');
            value(item, indent + STEP, false);
        }
    }
}
