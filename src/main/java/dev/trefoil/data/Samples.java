package dev.trefoil.data;

import dev.trefoil.UserError;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

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
        return stream(config, root, kind, ChatRenderer.none());
    }

    private static <T extends Sample> SampleStream<T> stream(
            DataConfig config, Path root, SampleKind<T> kind, ChatRenderer chat) {
        List<Path> files = files(config, root);
        return new SampleStream<>(kind, config, files, kind.templates(config), chat);
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
        return read(config, root, kind, ChatRenderer.none());
    }

    private static <T extends Sample> SampleSet<T> read(
            DataConfig config, Path root, SampleKind<T> kind, ChatRenderer chat) {
        try (SampleStream<T> stream = stream(config, root, kind, chat)) {
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

    /**
     * Samples for supervised training: texts, conversations ({@code messages}), or prompts with completions, either of them
     * texts or messages; whichever the config or the first row has.
     */
    public static SampleSet<? extends Sample> training(DataConfig config, Path root, ChatRenderer chat) {
        Map<String, Object> first = firstRow(config, root);
        if (mentions(config, "completion")
                || (first.containsKey("completion") && !first.containsKey("text") && !mentions(config, "text"))) {
            String completion = config.columns().getOrDefault("completion", "completion");
            return Messages.isList(first.get(completion))
                    ? read(config, root, SampleKind.CHAT_COMPLETION, chat)
                    : read(config, root, SampleKind.COMPLETION);
        }
        boolean messages = mentions(config, "messages")
                || (first.containsKey("messages") && !first.containsKey("text") && !mentions(config, "text"));
        return messages ? read(config, root, SampleKind.MESSAGES, chat) : read(config, root, SampleKind.TEXT);
    }

    /** Values of the first row by column; empty when there is none. */
    private static Map<String, Object> firstRow(DataConfig config, Path root) {
        Path file = files(config, root).get(0);
        try (RowReader rows = DataFile.read(file, ReadOptions.defaults().withFormat(config.format()))) {
            return rows.hasNext() ? rows.next().values() : Map.of();
        }
    }

    private static boolean mentions(DataConfig config, String part) {
        return config.columns().containsKey(part) || config.template().containsKey(part);
    }

    /**
     * Preference pairs: the rows themselves, of texts or of messages, or made from labelled texts when the config has
     * {@code pairs}.
     */
    public static SampleSet<PreferenceSample> preferences(DataConfig config, Path root, ChatRenderer chat) {
        if (config.pairs() == null) {
            String chosen = config.columns().getOrDefault("chosen", "chosen");
            return Messages.isList(firstRow(config, root).get(chosen))
                    ? read(config, root, SampleKind.CHAT_PREFERENCE, chat)
                    : read(config, root, SampleKind.PREFERENCE);
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
     * Prompts to answer, texts or messages. A config that maps no prompt and whose files have a text column but none called
     * prompt takes the text, of which a stage then uses the beginning; or the messages, up to the last question.
     */
    public static SampleSet<PromptSample> prompts(DataConfig config, Path root, ChatRenderer chat) {
        Map<String, Object> first = firstRow(config, root);
        DataConfig found = config;
        if (!mentions(config, "prompt") && !first.containsKey("prompt")) {
            String text = config.columns().getOrDefault("text", "text");
            String messages = config.columns().getOrDefault("messages", "messages");
            if (first.containsKey(text)) {
                found = config.withColumns(Map.of("prompt", text));
            } else if (first.containsKey(messages)) {
                found = config.withColumns(Map.of("prompt", messages));
            }
        }
        String prompt = found.columns().getOrDefault("prompt", "prompt");
        return Messages.isList(first.get(prompt))
                ? read(found, root, SampleKind.CHAT_PROMPT, chat)
                : read(found, root, SampleKind.PROMPT);
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
