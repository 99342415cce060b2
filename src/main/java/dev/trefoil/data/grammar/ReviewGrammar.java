package dev.trefoil.data.grammar;

import dev.trefoil.rl.CounterRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Writes film reviews. Review number {@code index} of a seed is always the same text, whatever was asked before; two seeds are
 * two unrelated corpora. Instances are immutable and may be shared by threads.
 */
public final class ReviewGrammar {

    /** How a review ends. */
    public enum Style {
        /** With a sentence like the others: the style of the corpus for pretraining. */
        PLAIN,
        /** With a rating, such as "Rating: eight out of ten.": something for a fine-tune to learn. */
        RATED
    }

    private static final int FEWEST_WORDS = 20;
    private static final int MOST_WORDS = 60;
    private static final int MOST_ATTEMPTS = 1000;
    private static final List<String> OPENINGS = List.of("film", "film", "aspect", "person", "clause");
    private static final Pattern ARTICLE_BEFORE_VOWEL = Pattern.compile("\\b([Aa]) (?=[aeiouAEIOU])");

    private final Grammar grammar;

    private ReviewGrammar(Grammar grammar) {
        this.grammar = grammar;
    }

    /** The grammar that comes with Trefoil. */
    public static ReviewGrammar open() {
        return new ReviewGrammar(Grammar.ofResource("/grammar/reviews.txt"));
    }

    /** A plain review, positive or negative by an even chance. */
    public Review review(long seed, long index) {
        return review(seed, index, Style.PLAIN);
    }

    /** A review in a style, positive or negative by an even chance. */
    public Review review(long seed, long index, Style style) {
        boolean positive = random(seed, index, "label", 0).nextInt(2) == 0;
        Opening opening = opening(seed, index);
        return new Review(
                opening.text() + continuation(opening, seed, index, positive, style), positive, opening.text());
    }

    /** Two plain continuations, one of praise and one of blame, of the opening of {@code review(seed, index)}. */
    public ReviewPair pair(long seed, long index) {
        Opening opening = opening(seed, index);
        return new ReviewPair(
                opening.text(),
                continuation(opening, seed, index, true, Style.PLAIN),
                continuation(opening, seed, index, false, Style.PLAIN));
    }

    /** @param kind which rule goes on with the sentence */
    private record Opening(String kind, String text, Telling telling) {}

    private Opening opening(long seed, long index) {
        CounterRandom random = random(seed, index, "opening", 0);
        Telling telling = Telling.begin(grammar, random);
        String kind = OPENINGS.get(random.nextInt(OPENINGS.size()));
        telling.tell("opening." + kind, Mood.PRAISE);
        return new Opening(kind, polished(telling.take()), telling);
    }

    private String continuation(Opening opening, long seed, long index, boolean positive, Style style) {
        Mood mood = Mood.of(positive);
        int openingWords = words(opening.text());
        for (int attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
            CounterRandom random = random(seed, index, "continuation" + mood.suffix(), attempt);
            String text = continuation(opening.kind(), opening.telling().goOn(random), mood, style);
            int words = openingWords + words(text);
            if (words >= FEWEST_WORDS && words <= MOST_WORDS) {
                return text;
            }
        }
        throw new IllegalStateException("the grammar finds no review of " + FEWEST_WORDS + " to " + MOST_WORDS
                + " words that begins with \"" + opening.text() + "\"");
    }

    private static String continuation(String kind, Telling telling, Mood mood, Style style) {
        telling.tell(rest(kind), mood);
        StringBuilder text =
                new StringBuilder(" ").append(polished(telling.take())).append('.');
        for (String rule : plan(telling, style)) {
            telling.tell(rule, mood);
            text.append(' ').append(capitalised(polished(telling.take())));
        }
        return text.toString();
    }

    private static CounterRandom random(long seed, long index, String part, int attempt) {
        return CounterRandom.of(seed, "reviews", attempt, index, part);
    }

    private static String rest(String openingKind) {
        return openingKind.equals("aspect") ? "about" : openingKind;
    }

    /** The rules of the second to the last sentence. */
    private static List<String> plan(Telling telling, Style style) {
        List<String> rules = new ArrayList<>();
        if (telling.draw(3) == 0) {
            rules.add("neutral");
        }
        int claims = 1 + telling.draw(2);
        for (int i = 0; i < claims; i++) {
            rules.add("sentence");
        }
        if (style == Style.RATED) {
            rules.add("rating");
        } else if (telling.draw(2) == 0) {
            rules.add("verdict");
        }
        return rules;
    }

    private static String polished(String text) {
        return ARTICLE_BEFORE_VOWEL.matcher(text).replaceAll("$1n ");
    }

    private static String capitalised(String sentence) {
        return Character.toUpperCase(sentence.charAt(0)) + sentence.substring(1);
    }

    private static int words(String text) {
        return text.isBlank() ? 0 : text.strip().split(" ").length;
    }
}
