package dev.trefoil.data.published;

import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import dev.trefoil.artifact.AtomicFiles;
import dev.trefoil.data.Format;
import dev.trefoil.data.Rejects;
import dev.trefoil.data.RowWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A folder with the rows of each stage: {@code sft}, {@code reward} and {@code prompts}, each for training and, with {@code -test},
 * for testing; {@code rejects.jsonl} lists rows that could not be used, {@code data.json} says how all was made. It is written aside
 * and renamed.
 */
public final class StageFiles implements AutoCloseable {

    /** Columns prompt and completion, or text. */
    public static final String SFT = "sft";

    /** Columns prompt, chosen, rejected, margin. */
    public static final String REWARD = "reward";

    /** Column prompt or text. */
    public static final String PROMPTS = "prompts";

    static final String SUMMARY = "data.json";
    static final String REJECTS = "rejects.jsonl";

    private static final String TEST = "-test";
    private static final JsonMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    private final Path target;
    private final Path folder;
    private final Format format;
    private final Rejects rejects;
    private final Map<String, RowWriter> writers = new TreeMap<>();
    private final Map<String, Long> counts = new LinkedHashMap<>();

    private StageFiles(Path target, Path folder, Format format, Rejects rejects) {
        this.target = target;
        this.folder = folder;
        this.format = format;
        this.rejects = rejects;
    }

    /**
     * Begins a folder.
     *
     * @param target is made, or replaced when it is one that this class made
     * @param format of the rows: JSON, CSV, TSV or PARQUET
     * @param strict whether the first row that cannot be used is an error
     */
    public static StageFiles open(Path target, Format format, boolean strict) {
        try {
            if (Files.exists(target) && !Files.exists(target.resolve(SUMMARY)) && !isEmpty(target)) {
                throw UserError.data(target + ": exists and holds no " + SUMMARY
                        + ", so it is not replaced; choose another folder, or move it away");
            }
            Path folder = AtomicFiles.aside(target.toAbsolutePath().normalize());
            Files.createDirectories(folder);
            return new StageFiles(target, folder, format, new Rejects(folder.resolve(REJECTS), strict));
        } catch (IOException e) {
            throw unwritable(target, e);
        }
    }

    private static boolean isEmpty(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return false;
        }
        try (Stream<Path> children = Files.list(folder)) {
            return children.findAny().isEmpty();
        }
    }

    private static UserError unwritable(Path target, IOException e) {
        return new UserError(
                ExitCode.FAILED, target + ": cannot be written: " + e + "; check the disk and its permissions", e);
    }

    Rejects rejects() {
        return rejects;
    }

    /** Where the work of making it may put files meanwhile. */
    Path scratch() {
        return folder.resolve("scratch");
    }

    void write(String stage, boolean test, Map<String, ?> row) {
        String name = stage + (test ? TEST : "") + "." + ending();
        writers.computeIfAbsent(name, file -> RowWriter.open(folder.resolve(file), format))
                .write(row);
    }

    private String ending() {
        return format == Format.JSON ? "jsonl" : format.name().toLowerCase(Locale.ROOT);
    }

    /** Counts something for the summary. */
    void count(String what, long more) {
        counts.merge(what, more, Long::sum);
    }

    /**
     * Ends all files and gives the folder its name.
     *
     * @param made how: settings and sources, for the summary
     */
    Prepared commit(Map<String, Object> made) {
        Map<String, Long> files = new LinkedHashMap<>();
        writers.forEach((name, writer) -> {
            writer.commit();
            files.put(name, writer.rows());
        });
        if (files.isEmpty()) {
            throw UserError.data(target + ": not written, no row was left"
                    + (rejects.count() == 0 ? "" : ": " + rejects.counts()) + "; look at the sources with 'trefoil data"
                    + " inspect', or see the first fault with --strict");
        }
        rejects.commit();
        Map<String, Object> summary = new LinkedHashMap<>(made);
        summary.put("counts", counts);
        summary.put("rows", files);
        summary.put("left_out", rejects.counts());
        try {
            AtomicFiles.write(folder.resolve(SUMMARY), JSON.writeValueAsString(summary) + "\n");
            AtomicFiles.replaceFolder(folder, target.toAbsolutePath().normalize());
        } catch (IOException e) {
            throw unwritable(target, e);
        }
        return new Prepared(target, files, counts, rejects.counts(), rejects.describe(target.resolve(REJECTS)));
    }

    @Override
    public void close() {
        writers.values().forEach(RowWriter::close);
        rejects.close();
        try {
            AtomicFiles.deleteTree(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
