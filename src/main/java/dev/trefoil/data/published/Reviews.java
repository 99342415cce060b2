package dev.trefoil.data.published;

import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import dev.trefoil.data.BadRow;
import dev.trefoil.data.DataFile;
import dev.trefoil.data.Format;
import dev.trefoil.data.LabelledSample;
import dev.trefoil.data.PairConfig;
import dev.trefoil.data.PairMaker;
import dev.trefoil.data.PreferenceSample;
import dev.trefoil.data.ReadOptions;
import dev.trefoil.data.Row;
import dev.trefoil.data.RowReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The film reviews of IMDB, as rows (text, label) or as the folder of the published archive ({@code pos} and {@code neg} with a
 * file each): texts to learn and to begin prompts with, and pairs of a positive over a negative one. Repeated texts are left out.
 *
 * @see <a href="https://aclanthology.org/P11-1015">Maas et al. 2011</a>
 */
public final class Reviews {

    private static final String POSITIVE = "positive";
    private static final String NEGATIVE = "negative";
    private static final String BREAK = "<br />";

    private final SourceSplit split;
    private final StageFiles files;
    private final Set<String> seen = new HashSet<>();
    private final Map<Boolean, List<LabelledSample>> forPairs =
            Map.of(true, new ArrayList<>(), false, new ArrayList<>());

    private Reviews(SourceSplit split, StageFiles files) {
        this.split = split;
        this.files = files;
    }

    /**
     * Writes the files of the stages.
     *
     * @throws UserError when a source cannot be read or one of the two labels has no text
     */
    public static Prepared write(SourceSplit split, Path target, Format format, boolean strict) {
        try (StageFiles files = StageFiles.open(target, format, strict)) {
            Reviews work = new Reviews(split, files);
            split.test().forEach(source -> work.read(source, true));
            split.train().forEach(source -> work.read(source, false));
            work.pairs(false);
            work.pairs(true);
            Map<String, Object> made = new LinkedHashMap<>();
            made.put("data", "imdb");
            made.putAll(split.describe());
            return files.commit(made);
        }
    }

    private void read(Path source, boolean testSource) {
        if (Files.isDirectory(source)) {
            readFolder(source, testSource, "pos", POSITIVE);
            readFolder(source, testSource, "neg", NEGATIVE);
            return;
        }
        try (RowReader rows = DataFile.read(source, ReadOptions.defaults(), files.rejects())) {
            while (rows.hasNext()) {
                Row row = rows.next();
                String label = label(row.values().get("label"));
                if (label == null || !(row.values().get("text") instanceof String text) || text.isBlank()) {
                    files.rejects()
                            .add(BadRow.of(
                                    row,
                                    label == null ? "review without label" : "review without text",
                                    "; wanted text, and label positive or negative, 1 or 0"));
                } else {
                    take(text, label, Place.of(row), testSource);
                }
            }
        }
    }

    private static String label(Object value) {
        return switch (String.valueOf(value)) {
            case POSITIVE, "pos", "1" -> POSITIVE;
            case NEGATIVE, "neg", "0" -> NEGATIVE;
            default -> null;
        };
    }

    private void readFolder(Path source, boolean testSource, String name, String label) {
        Path folder = source.resolve(name);
        if (!Files.isDirectory(folder)) {
            throw UserError.data(source + ": found no folder " + name
                    + "; wanted pos and neg as in aclImdb/train, or a file of rows with text and label");
        }
        try (Stream<Path> children = Files.list(folder)) {
            for (Path file : (Iterable<Path>) children.sorted()::iterator) {
                take(Files.readString(file), label, new Place(file, 1), testSource);
            }
        } catch (IOException e) {
            throw new UserError(ExitCode.FAILED, folder + ": reading failed: " + e + "; check the disk", e);
        }
    }

    private void take(String published, String label, Place place, boolean testSource) {
        String text = published.replace(BREAK, "\n").strip();
        if (!seen.add(text)) {
            files.rejects().add(place.bad("review that was there before", ""));
            return;
        }
        boolean test = testSource || split.isTest(text);
        files.count(label, 1);
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("text", text);
        row.put("label", label);
        if (test || split.trains(StageFiles.SFT, text)) {
            files.write(StageFiles.SFT, test, row);
        }
        if (test || split.trains(StageFiles.REWARD, text)) {
            forPairs.get(test).add(new LabelledSample(text, label));
        }
        if (test || split.trains(StageFiles.PROMPTS, text)) {
            files.write(StageFiles.PROMPTS, test, row);
        }
    }

    private void pairs(boolean test) {
        List<LabelledSample> texts = forPairs.get(test);
        if (texts.isEmpty()) {
            return;
        }
        PairConfig config = new PairConfig(POSITIVE, NEGATIVE, split.seed(), null);
        for (PreferenceSample pair : PairMaker.pair(texts, config)) {
            Map<String, Object> row = new LinkedHashMap<>();
            row.put("prompt", pair.prompt());
            row.put("chosen", pair.chosen());
            row.put("rejected", pair.rejected());
            files.write(StageFiles.REWARD, test, row);
        }
    }
}
