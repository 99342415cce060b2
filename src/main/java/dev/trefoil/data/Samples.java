package dev.trefoil.data;

import dev.trefoil.UserError;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** From a data config to typed samples. */
public final class Samples {

    private Samples() {}

    /**
     * Opens the files as a stream, in their order. {@code shuffle}, {@code skip}, {@code limit} and {@code pairs} of the config
     * are not applied.
     *
     * @param root folder at which relative paths start
     */
    public static <T extends Sample> SampleStream<T> stream(DataConfig config, Path root, SampleKind<T> kind) {
        List<Path> files = files(config, root);
        return new SampleStream<>(kind, config, files, kind.templates(config));
    }

    private static List<Path> files(DataConfig config, Path root) {
        if (config.path() == null) {
            throw UserError.data("path: is missing; wanted a data file (.jsonl, .json, .csv, .tsv, .parquet)");
        }
        return config.path().stream().map(root::resolve).toList();
    }

    /**
     * Reads all samples of a kind into memory, ordered and sliced as the config says.
     *
     * @throws UserError when a file is damaged, a column is missing or no sample is left
     */
    public static <T extends Sample> SampleSet<T> read(DataConfig config, Path root, SampleKind<T> kind) {
        try (SampleStream<T> stream = stream(config, root, kind)) {
            List<T> samples = new ArrayList<>();
            // Without a shuffle the first rows are enough, and a big file need not be read to its end.
            long enough = config.shuffle() == null && config.limit() != null
                    ? config.skip() + config.limit()
                    : Long.MAX_VALUE;
            while (samples.size() < enough && stream.hasNext()) {
                samples.add(stream.next());
            }
            return order(config, samples, stream.drops());
        }
    }

    /** Samples for supervised training: texts, or prompts with completions, whichever the config or the first row has. */
    public static SampleSet<? extends Sample> training(DataConfig config, Path root) {
        return hasCompletions(config, root)
                ? read(config, root, SampleKind.COMPLETION)
                : read(config, root, SampleKind.TEXT);
    }

    private static boolean hasCompletions(DataConfig config, Path root) {
        if (mentions(config, "completion")) {
            return true;
        }
        if (mentions(config, "text")) {
            return false;
        }
        Path file = files(config, root).get(0);
        try (RowReader rows = DataFile.read(file, ReadOptions.defaults().withFormat(config.format()))) {
            if (!rows.hasNext()) {
                return false;
            }
            Row first = rows.next();
            return !first.has("text") && first.has("completion");
        }
    }

    private static boolean mentions(DataConfig config, String part) {
        return config.columns().containsKey(part) || config.template().containsKey(part);
    }

    /** Preference pairs: the rows themselves, or made from labelled texts when the config has {@code pairs}. */
    public static SampleSet<PreferenceSample> preferences(DataConfig config, Path root) {
        if (config.pairs() == null) {
            return read(config, root, SampleKind.PREFERENCE);
        }
        try (SampleStream<LabelledSample> stream = stream(config, root, SampleKind.LABELLED)) {
            List<LabelledSample> texts = new ArrayList<>();
            stream.forEachRemaining(texts::add);
            if (texts.isEmpty()) {
                throw nothingLeft(stream.report());
            }
            List<PreferenceSample> pairs = PairMaker.pair(texts, config.pairs());
            stream.drops().leaveOut("not used in a pair", texts.size() - 2L * pairs.size());
            return order(config, pairs, stream.drops());
        }
    }

    /**
     * Prompts to answer. A config that maps no prompt and whose files have a text column but none called prompt takes the
     * text, of which a stage then uses the beginning.
     */
    public static SampleSet<PromptSample> prompts(DataConfig config, Path root) {
        if (!mentions(config, "prompt")) {
            Path file = files(config, root).get(0);
            try (RowReader rows = DataFile.read(file, ReadOptions.defaults().withFormat(config.format()))) {
                Set<String> columns = rows.hasNext() ? rows.next().values().keySet() : Set.of();
                String text = config.columns().getOrDefault("text", "text");
                if (!columns.contains("prompt") && columns.contains(text)) {
                    return read(config.withColumns(Map.of("prompt", text)), root, SampleKind.PROMPT);
                }
            }
        }
        return read(config, root, SampleKind.PROMPT);
    }

    /** Shuffle, skip and limit, in this order, so that two slices of one shuffle share no sample. */
    private static <T extends Sample> SampleSet<T> order(DataConfig config, List<T> samples, DropCounter drops) {
        int count = samples.size();
        int from = (int) Math.min(count, config.skip());
        int to = config.limit() == null ? count : (int) Math.min(count, from + config.limit());
        List<T> slice;
        if (config.shuffle() == null) {
            slice = samples.subList(from, to);
        } else {
            int[] order = KeyedRandom.of(config.shuffle()).permutation(count);
            slice = new ArrayList<>(to - from);
            for (int i = from; i < to; i++) {
                slice.add(samples.get(order[i]));
            }
        }
        drops.leaveOut("left out by skip or limit", (long) count - slice.size());
        DataReport report = drops.report(String.join(", ", config.path()), slice.size());
        if (slice.isEmpty()) {
            throw nothingLeft(report);
        }
        return new SampleSet<>(slice, report);
    }

    private static UserError nothingLeft(DataReport report) {
        return UserError.data(
                "no sample is left: " + report.describe() + "; loosen filter, min_chars, max_chars, skip or limit");
    }
}
