package dev.trefoil.data;

import dev.trefoil.UserError;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;

/**
 * Samples of one kind in the order of the files, read as they are asked for: filter, replace, map, drop, minChars and maxChars
 * are applied, the order and the slice are not (see {@link Samples}). Close it when done.
 */
public final class SampleStream<T extends Sample> implements Iterator<T>, AutoCloseable {

    private final SampleKind<T> kind;
    private final DataConfig config;
    private final List<Path> files;
    private final Map<String, Template> templates;
    private final ChatRenderer chat;
    private final DropCounter drops = new DropCounter();
    private int file;
    private RowReader rows;
    private long rowsOfFile;
    private long kept;
    private T next;

    SampleStream(
            SampleKind<T> kind,
            DataConfig config,
            List<Path> files,
            Map<String, Template> templates,
            ChatRenderer chat) {
        this.kind = kind;
        this.config = config;
        this.files = files;
        this.templates = templates;
        this.chat = chat;
    }

    @Override
    public boolean hasNext() {
        while (next == null && file < files.size()) {
            if (rows == null) {
                rows = DataFile.read(files.get(file), ReadOptions.defaults().withFormat(config.format()));
                rowsOfFile = 0;
            }
            if (rows.hasNext()) {
                rowsOfFile++;
                next = sample(rows.next());
            } else {
                endFile();
            }
        }
        return next != null;
    }

    private void endFile() {
        rows.close();
        rows = null;
        if (rowsOfFile == 0) {
            throw UserError.data(
                    files.get(file) + ": has no rows, wanted at least one with " + String.join(", ", kind.required()));
        }
        file++;
    }

    @Override
    public T next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        T sample = next;
        next = null;
        kept++;
        return sample;
    }

    /** Rows read and dropped so far. */
    public DataReport report() {
        return drops.report(String.join(", ", config.path()), kept);
    }

    DropCounter drops() {
        return drops;
    }

    private T sample(Row row) {
        drops.read();
        if (!DataFile.fits(row, config.filter())) {
            return drop("not in filter " + config.filter(), row);
        }
        Map<String, String> texts = new LinkedHashMap<>();
        Map<String, List<ChatMessage>> chats = new LinkedHashMap<>();
        List<String> used = new ArrayList<>();
        for (Map.Entry<String, Template> part : templates.entrySet()) {
            String column = part.getValue().only();
            if (kind.ofMessages() && column != null && row.values().get(column) instanceof List<?> turns) {
                if (turns.isEmpty()) {
                    return drop(part.getKey() + " empty", row);
                }
                chats.put(part.getKey(), replaced(Messages.read(row, column)));
                used.add(column);
                continue;
            }
            String empty = fill(row, part.getKey(), part.getValue(), texts, used);
            if (empty != null) {
                return drop(empty, row);
            }
        }
        Map<String, Object> others = new LinkedHashMap<>(row.values());
        others.keySet().removeAll(used);
        T sample = kind.builder().apply(new SampleKind.Parts(row, texts, chats, others, chat));
        if (config.minChars() != null && sample.chars() < config.minChars()) {
            return drop("shorter than " + config.minChars() + " characters", row);
        }
        if (config.maxChars() != null && sample.chars() > config.maxChars()) {
            return drop("longer than " + config.maxChars() + " characters", row);
        }
        return sample;
    }

    private T drop(String reason, Row row) {
        drops.drop(reason, row, files.size() > 1);
        return null;
    }

    /** Puts one part's text into {@code texts}; returns a reason when the row must be dropped, else null. */
    private String fill(Row row, String part, Template template, Map<String, String> texts, List<String> used) {
        boolean optional = kind.optional().contains(part);
        Map<String, String> values = new LinkedHashMap<>();
        for (String column : template.columns()) {
            if (!row.has(column)) {
                if (optional
                        && !config.columns().containsKey(part)
                        && !config.template().containsKey(part)) {
                    return null;
                }
                throw MissingColumn.error(
                        row, column, "`" + part + "` of a " + kind.name() + " sample", fix(row, part));
            }
            String value = row.text(column);
            if (value == null && !optional && !kind.mayBeEmpty().contains(part)) {
                return part + " null";
            }
            values.put(column, replace(value == null ? "" : value));
            used.add(column);
        }
        String text = template.fill(values::get);
        if (text.isBlank() && !optional && !kind.mayBeEmpty().contains(part)) {
            return part + " empty";
        }
        texts.put(part, text);
        return null;
    }

    private static String fix(Row row, String part) {
        String example = row.values().keySet().stream().findFirst().orElse("review");
        return "map it with `columns: {" + part + ": COLUMN}`, for instance `columns: {" + part + ": " + example + "}`";
    }

    private List<ChatMessage> replaced(List<ChatMessage> messages) {
        return config.replace().isEmpty()
                ? messages
                : messages.stream()
                        .map(turn -> new ChatMessage(turn.role(), replace(turn.content()), turn.others()))
                        .toList();
    }

    private String replace(String value) {
        String text = value;
        for (Replacement replacement : config.replace()) {
            text = text.replace(replacement.from(), replacement.to());
        }
        return text;
    }

    @Override
    public void close() {
        if (rows != null) {
            rows.close();
        }
    }
}
