package dev.trefoil.token.bpe;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Learns a byte-level BPE vocabulary (Sennrich, Haddow, Birch 2016, "Neural machine translation of rare words with subword
 * units"; on bytes as in GPT-2): words are split as GPT-2 splits them, then the most frequent pair of neighbouring tokens becomes
 * a token until the vocabulary is full. The same texts in any order give the same bytes.
 */
public final class BpeTrainer {

    /** GPT-2's split: a word takes the space before it along. */
    private static final Pattern WORDS = Pattern.compile(
            "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
            Pattern.UNICODE_CHARACTER_CLASS);

    private final BpeConfig config;
    private final Map<String, Long> frequencies = new LinkedHashMap<>();

    public BpeTrainer(BpeConfig config) {
        this.config = config;
    }

    /** Counts the words of one text. */
    public void add(String text) {
        Matcher matcher = WORDS.matcher(text);
        while (matcher.find()) {
            frequencies.merge(matcher.group(), 1L, Long::sum);
        }
    }

    /** Learns from the texts added so far. */
    public BpeVocabulary train() {
        List<String> tokens = new ArrayList<>(List.of(config.endOfText(), config.pad()));
        Map<String, Integer> ids = new HashMap<>();
        for (char letter : ByteLetters.alphabet()) {
            ids.put(String.valueOf(letter), tokens.size());
            tokens.add(String.valueOf(letter));
        }
        List<String> merges = new ArrayList<>();
        PairTable table = new PairTable(words(ids));
        while (tokens.size() < config.vocabularySize()) {
            PairTable.Pair pair = table.mostFrequent(config.minFrequency());
            if (pair == null) {
                break;
            }
            String left = tokens.get(pair.left());
            String right = tokens.get(pair.right());
            merges.add(left + " " + right);
            table.merge(pair, id(left + right, ids, tokens));
        }
        return new BpeVocabulary(config, tokens, merges);
    }

    /** Two pairs may spell the same token; it is in the vocabulary once. */
    private static int id(String token, Map<String, Integer> ids, List<String> tokens) {
        Integer known = ids.putIfAbsent(token, tokens.size());
        if (known != null) {
            return known;
        }
        tokens.add(token);
        return tokens.size() - 1;
    }

    private List<PairTable.Word> words(Map<String, Integer> ids) {
        List<PairTable.Word> words = new ArrayList<>();
        frequencies.forEach((word, frequency) -> {
            String letters = ByteLetters.of(word);
            int[] tokens = new int[letters.length()];
            Arrays.setAll(tokens, i -> ids.get(letters.substring(i, i + 1)));
            words.add(new PairTable.Word(tokens, frequency));
        });
        return words;
    }
}
