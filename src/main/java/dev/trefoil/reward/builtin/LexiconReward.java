package dev.trefoil.reward.builtin;

import dev.trefoil.reward.RewardModel;
import dev.trefoil.reward.RewardSample;
import dev.trefoil.reward.RewardScore;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Sentiment by a word list. Each entry found adds its weight, changed by the few words before it in the same clause: a negation
 * multiplies it by {@code negation_factor}, a strengthening or weakening word by its factor. The n-th find of the same entry counts
 * 1/n, so that repeating a good word soon earns nothing. The score is tanh(sum / scale), between -1 and 1.
 */
final class LexiconReward implements RewardModel {

    private static final Pattern TOKEN = Pattern.compile("[\\p{L}\\p{N}]+(?:['\u2019][\\p{L}]+)*|[.!?;:,]");
    private static final List<String> NEGATIONS = List.of(
            "not", "no", "never", "neither", "nor", "without", "hardly", "barely", "lacks", "lack", "lacking", "cannot",
            "nothing", "nobody", "none", "nowhere");
    private static final Map<String, Double> FACTORS = Map.ofEntries(
            Map.entry("very", 1.3),
            Map.entry("really", 1.2),
            Map.entry("truly", 1.3),
            Map.entry("so", 1.2),
            Map.entry("extremely", 1.5),
            Map.entry("absolutely", 1.4),
            Map.entry("incredibly", 1.4),
            Map.entry("completely", 1.3),
            Map.entry("utterly", 1.4),
            Map.entry("highly", 1.3),
            Map.entry("quite", 1.1),
            Map.entry("rather", 0.8),
            Map.entry("fairly", 0.8),
            Map.entry("somewhat", 0.6),
            Map.entry("slightly", 0.5),
            Map.entry("mildly", 0.5),
            Map.entry("almost", 0.7));
    private static final String CLAUSE_END = ".!?;:";

    private final String name;
    private final Lexicon lexicon;
    private final boolean withPrompt;
    private final int window;
    private final double negationFactor;
    private final double scale;

    private LexiconReward(
            String name, Lexicon lexicon, boolean withPrompt, int window, double negationFactor, double scale) {
        this.name = name;
        this.lexicon = lexicon;
        this.withPrompt = withPrompt;
        this.window = window;
        this.negationFactor = negationFactor;
        this.scale = scale;
    }

    static LexiconReward create(String name, Map<String, Object> values, Path folder) {
        Options options = new Options(values);
        Path words = folder.resolve(options.text("words", "words.tsv"));
        boolean withPrompt = options.oneOf("text", List.of("response", "prompt-and-response"))
                .startsWith("prompt");
        int window = options.count("window", 3, 0, 20);
        double negationFactor = options.number("negation_factor", -0.6, -2, 1);
        double scale = options.number("scale", 4, 0.01, 1000);
        options.done();
        return new LexiconReward(name, Lexicon.read(words), withPrompt, window, negationFactor, scale);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public List<RewardScore> score(List<RewardSample> batch) {
        return batch.stream()
                .map(sample -> score(withPrompt ? sample.prompt() + sample.response() : sample.response()))
                .toList();
    }

    private RewardScore score(String text) {
        List<String> tokens = tokens(text);
        Map<String, Integer> finds = new HashMap<>();
        double positive = 0;
        double negative = 0;
        int found = 0;
        for (int i = 0; i < tokens.size(); i++) {
            String entry = entryAt(tokens, i);
            if (entry == null) {
                continue;
            }
            double weight = lexicon.weights().get(entry) * factor(tokens, i) / finds.merge(entry, 1, Integer::sum);
            positive += Math.max(0, weight);
            negative += Math.min(0, weight);
            found++;
            i += words(entry) - 1;
        }
        Map<String, Double> parts = new LinkedHashMap<>();
        parts.put("positive", positive);
        parts.put("negative", negative);
        parts.put("words", (double) found);
        return new RewardScore(Math.tanh((positive + negative) / scale), null, parts);
    }

    /** The longest entry that starts at the token, or null. */
    private String entryAt(List<String> tokens, int start) {
        for (int length = Math.min(lexicon.longest(), tokens.size() - start); length > 0; length--) {
            String phrase = String.join(" ", tokens.subList(start, start + length));
            if (lexicon.weights().containsKey(phrase)) {
                return phrase;
            }
        }
        return null;
    }

    private double factor(List<String> tokens, int entry) {
        double factor = 1;
        for (int i = entry - 1; i >= Math.max(0, entry - window); i--) {
            String token = tokens.get(i);
            if (CLAUSE_END.contains(token) || token.equals("but")) {
                break;
            }
            if (NEGATIONS.contains(token) || token.endsWith("n't")) {
                factor *= negationFactor;
            }
            factor *= FACTORS.getOrDefault(token, 1.0);
        }
        return factor;
    }

    private static List<String> tokens(String text) {
        List<String> tokens = new ArrayList<>();
        Matcher matcher = TOKEN.matcher(text.toLowerCase(Locale.ROOT));
        while (matcher.find()) {
            tokens.add(matcher.group().replace('\u2019', '\''));
        }
        return tokens;
    }

    private static int words(String entry) {
        return (int) entry.chars().filter(c -> c == ' ').count() + 1;
    }
}
