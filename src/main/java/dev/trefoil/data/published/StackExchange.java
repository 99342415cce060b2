package dev.trefoil.data.published;

import dev.trefoil.data.Format;
import dev.trefoil.data.ScoredPairs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Questions and answers of Stack Exchange as StackLLaMA prepared them: HTML to Markdown, {@code Question: ...\n\nAnswer: } before each
 * answer, answers scored by {@link AnswerScore}, pairs of unequal score and at most ten a question, all stages split by question.
 *
 * @see <a href="https://huggingface.co/blog/stackllama">the recipe</a>
 */
public final class StackExchange {

    private static final String POSTS = "Posts.xml";

    private final Options options;
    private final StageFiles files;
    private final Markdown markdown = new Markdown();
    private final Set<String> testKeys = new HashSet<>();

    private StackExchange(Options options, StageFiles files) {
        this.options = options;
        this.files = files;
    }

    /**
     * What to make.
     *
     * @param split sources: {@code Posts.xml} files or folders that hold one, or rows with answers inside
     * @param site of sources that name none; null for the name of the file or its folder
     * @param maxPairs pairs of a question at most; more are drawn from
     * @param title whether the title stands before the question's text
     * @param memory limit of what joins the rows of a Posts.xml on the disk, beside the Java heap
     */
    public record Options(SourceSplit split, String site, int maxPairs, boolean title, String memory) {

        public static final int DEFAULT_MAX_PAIRS = 10;
        public static final String DEFAULT_MEMORY = "256MB";

        public Options {
            if (maxPairs < 1) {
                throw new IllegalArgumentException("max pairs: must be at least 1, was " + maxPairs);
            }
        }
    }

    /**
     * Writes the files of the stages.
     *
     * @throws dev.trefoil.UserError when a source cannot be read or nothing is left
     */
    public static Prepared write(Options options, Path target, Format format, boolean strict) {
        try (StageFiles files = StageFiles.open(target, format, strict)) {
            StackExchange work = new StackExchange(options, files);
            SourceSplit split = options.split();
            // First, so that no question of the test sources is trained on.
            split.test().forEach(source -> work.read(source, true));
            split.train().forEach(source -> work.read(source, false));
            Map<String, Object> made = new LinkedHashMap<>();
            made.put("data", "stackexchange");
            made.putAll(split.describe());
            made.put("max_pairs", options.maxPairs());
            made.put("title", options.title());
            return files.commit(made);
        }
    }

    private void read(Path source, boolean test) {
        Path file = Files.isDirectory(source) ? source.resolve(POSTS) : source;
        String site = options.site() == null ? siteOf(file) : options.site();
        if (Format.AUTO.resolve(file) == Format.XML) {
            long others = PostRows.read(
                    file, site, files.scratch(), options.memory(), files.rejects(), question -> take(question, test));
            files.count("posts of other types", others);
        } else {
            QuestionRows.read(file, site, files.rejects(), question -> take(question, test));
        }
    }

    /** Dumps lie in a folder that is called like the site. */
    private static String siteOf(Path file) {
        Path folder = file.toAbsolutePath().normalize().getParent();
        String name = folder == null || folder.getFileName() == null
                ? ""
                : folder.getFileName().toString();
        return name.contains(".") && !name.startsWith(".")
                ? name
                : file.getFileName().toString();
    }

    private void take(Question question, boolean testSource) {
        String key = question.key();
        if (testSource) {
            testKeys.add(key);
        } else if (testKeys.contains(key)) {
            files.rejects().add(question.place().bad("question for training that is in a test source too", ": " + key));
            return;
        }
        String text = markdown.of(question.html());
        String title = options.title() ? question.title().strip() : "";
        if (text.isEmpty() && title.isEmpty()) {
            files.rejects().add(question.place().bad("question without text", ": " + key));
            return;
        }
        String body = title.isEmpty() ? text : text.isEmpty() ? title : title + "\n\n" + text;
        List<Told> answers = question.answers().stream()
                .map(answer -> new Told(answer, markdown.of(answer.html())))
                .filter(answer -> hasText(answer, question))
                .toList();
        files.count("questions", 1);
        files.count("answers", answers.size());
        boolean test = testSource || options.split().isTest(key);
        write(question, "Question: " + body + "\n\nAnswer: ", answers, test);
    }

    /** An answer and its text. */
    private record Told(Question.Answer answer, String text) {}

    private boolean hasText(Told told, Question question) {
        if (told.text().isEmpty()) {
            files.rejects().add(told.answer().place().bad("answer without text", ": " + question.url(told.answer())));
            return false;
        }
        return true;
    }

    private void write(Question question, String prompt, List<Told> answers, boolean test) {
        String key = question.key();
        SourceSplit split = options.split();
        if (test || split.trains(StageFiles.SFT, key)) {
            answers.stream().max(BEST).ifPresent(best -> {
                Map<String, Object> row = row(key, prompt);
                row.put("completion", best.text());
                row.put("url", question.url(best.answer()));
                files.write(StageFiles.SFT, test, row);
            });
        }
        if (test || split.trains(StageFiles.REWARD, key)) {
            for (ScoredPairs.Pair<Told> pair :
                    ScoredPairs.of(answers, told -> told.answer().score(), options.maxPairs(), split.seed(), key)) {
                Map<String, Object> row = row(key, prompt);
                row.put("chosen", pair.better().text());
                row.put("rejected", pair.worse().text());
                row.put(
                        "margin",
                        pair.better().answer().score() - pair.worse().answer().score());
                row.put("chosen_url", question.url(pair.better().answer()));
                row.put("rejected_url", question.url(pair.worse().answer()));
                files.write(StageFiles.REWARD, test, row);
            }
        }
        if (test || split.trains(StageFiles.PROMPTS, key)) {
            Map<String, Object> row = row(key, prompt);
            row.put("url", question.url());
            files.write(StageFiles.PROMPTS, test, row);
        }
    }

    /** Highest score, then the accepted one, then the older one. */
    private static final Comparator<Told> BEST = Comparator.comparingLong(
                    (Told told) -> told.answer().score())
            .thenComparing(told -> told.answer().accepted())
            .thenComparing(told -> told.answer().id(), Comparator.reverseOrder());

    private static Map<String, Object> row(String key, String prompt) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("id", key);
        row.put("prompt", prompt);
        return row;
    }
}
