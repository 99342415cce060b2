package dev.trefoil.token;

import dev.trefoil.data.ChatSample;
import dev.trefoil.data.CompletionSample;
import dev.trefoil.data.Sample;
import dev.trefoil.data.TextSample;
import java.util.Arrays;

/**
 * A sample as tokens, before packing.
 *
 * @param ids [length]
 * @param counts [length] true: the token is to be learned, if there is one before it to predict it from
 * @param ended true when the last token is the end token
 */
public record Document(int[] ids, boolean[] counts, boolean ended) {

    public Document {
        if (ids.length != counts.length) {
            throw new IllegalArgumentException(
                    "ids and counts must be equally long, were " + ids.length + " and " + counts.length);
        }
    }

    /**
     * Encodes a text, a conversation, or a prompt with its completion. What counts is decided by characters: a token that covers at least one
     * character of the completion counts, so a token across the border (a space and the first word, say) does. The end token,
     * which is put behind the text unless it stands there already, counts too.
     *
     * @param eos true: the end token is added, but not to conversations, whose template says how they end
     */
    public static Document of(Tokenizer tokenizer, Sample sample, boolean eos) {
        if (sample instanceof TextSample text) {
            return encode(tokenizer, text.text(), 0, eos);
        }
        if (sample instanceof CompletionSample completion) {
            String joined = completion.prompt() + completion.completion();
            return encode(tokenizer, joined, completion.prompt().length(), eos);
        }
        if (sample instanceof ChatSample chat) {
            return encode(tokenizer, chat);
        }
        throw new IllegalArgumentException("only texts and completions become documents, not "
                + sample.getClass().getSimpleName());
    }

    /** A template has written all special tokens; it counts as ended when what is learned ends with one. */
    private static Document encode(Tokenizer tokenizer, ChatSample chat) {
        Encoding encoding = tokenizer.encode(chat.text(), false);
        boolean[] counts = encoding.inside(chat.learned());
        int last = counts.length - 1;
        while (last >= 0 && (!counts[last] || isBlank(chat.text(), encoding, last))) {
            last--;
        }
        return new Document(encoding.ids(), counts, last >= 0 && tokenizer.isSpecial(encoding.ids()[last]));
    }

    private static boolean isBlank(String text, Encoding encoding, int token) {
        return text.substring(encoding.starts()[token], encoding.ends()[token]).isBlank();
    }

    private static Document encode(Tokenizer tokenizer, String text, int from, boolean eos) {
        Encoding encoding = tokenizer.encode(text, true);
        int length = encoding.length();
        Integer end =
                eos ? Integer.valueOf(tokenizer.eos()) : tokenizer.special().eos();
        boolean ended = length > 0 && end != null && encoding.ids()[length - 1] == end;
        boolean add = eos && !ended;
        int[] ids = Arrays.copyOf(encoding.ids(), length + (add ? 1 : 0));
        boolean[] counts = new boolean[ids.length];
        for (int i = 0; i < length; i++) {
            // Tokens of the post-processor cover nothing: at the front they belong to the prompt, at the end to the
            // answer.
            counts[i] = from == 0 || encoding.ends()[i] > from;
        }
        if (add) {
            ids[length] = end;
        }
        if (add || ended) {
            counts[ids.length - 1] = true;
        }
        return new Document(ids, counts, add || ended);
    }

    /** True when a token other than the first counts. */
    boolean hasLabels() {
        for (int i = 1; i < counts.length; i++) {
            if (counts[i]) {
                return true;
            }
        }
        return false;
    }

    Document slice(int from, int to) {
        return new Document(
                Arrays.copyOfRange(ids, from, to), Arrays.copyOfRange(counts, from, to), ended && to == ids.length);
    }
}
