package dev.trefoil.doctor;

import dev.trefoil.report.PrintableText;
import dev.trefoil.token.Tokenizer;
import java.text.Normalizer;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * Tokenizer, template and embedding must be of one model.
 *
 * @param largestId of the tokenizer
 * @param rows of the embedding
 * @param hasEnd whether an end token is known
 * @param foreign markers of chat templates in the texts that this tokenizer has no token for
 * @param changed a text that does not survive encoding and decoding, or null
 */
public record TokenizerFit(int largestId, int rows, boolean hasEnd, List<String> foreign, String changed)
        implements Check {

    static final Advice ADVICE = new Advice(
            "tokenizer",
            Severity.WARN,
            "the tokenizer or the template is that of another model, or special ids were lost in a conversion",
            "prepare the base again with its own tokenizer files; write the template with this model's "
                    + "markers, or plainly",
            "trl#348, alpaca-lora#279, trl#1920");

    @Override
    public Advice advice() {
        return ADVICE;
    }

    @Override
    public Optional<String> complaint() {
        if (largestId >= rows) {
            return Optional.of("the tokenizer has ids up to " + largestId + ", the embedding " + rows + " rows");
        }
        if (!hasEnd) {
            return Optional.of("the tokenizer names no end token, wanted one: texts could not end");
        }
        if (!foreign.isEmpty()) {
            return Optional.of("the texts hold " + String.join(", ", foreign)
                    + ", which this tokenizer splits into pieces; wanted markers that are its own tokens");
        }
        return changed == null
                ? Optional.empty()
                : Optional.of("a text does not survive the tokenizer: " + changed + "; wanted the same text back");
    }

    private static final int MOST_SHOWN = 60;

    private static final Pattern MARKER =
            Pattern.compile("<\\|[a-z_]{2,24}\\|>|</?s>|\\[/?INST]|<(start|end)_of_turn>");

    public TokenizerFit {
        foreign = List.copyOf(foreign);
    }

    /** Reads the texts with the tokenizer. */
    public static TokenizerFit of(Tokenizer tokenizer, int rows, List<String> texts) {
        Set<String> foreign = new TreeSet<>();
        String changed = null;
        for (String text : texts) {
            MARKER.matcher(text).results().map(MatchResult::group).forEach(marker -> {
                if (tokenizer.id(marker).isEmpty()) {
                    foreign.add(marker);
                }
            });
            String back = tokenizer.decode(tokenizer.encode(text, false).ids(), false);
            if (changed == null && letters(back) != letters(text)) {
                changed = PrintableText.cut(text, MOST_SHOWN) + " comes back as " + PrintableText.cut(back, MOST_SHOWN);
            }
        }
        boolean hasEnd = tokenizer.special().eos() != null;
        return new TokenizerFit(tokenizer.largestId(), rows, hasEnd, List.copyOf(foreign), changed);
    }

    /** Tokenizers may change case, white space and the form of accents; letters lost altogether are another thing. */
    private static long letters(String text) {
        return Normalizer.normalize(text, Normalizer.Form.NFD)
                .codePoints()
                .filter(Character::isLetter)
                .count();
    }
}
