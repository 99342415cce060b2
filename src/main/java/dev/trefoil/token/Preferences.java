package dev.trefoil.token;

import dev.trefoil.UserError;
import dev.trefoil.data.PreferenceSample;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Preference pairs as tokens.
 *
 * @param rows pairs kept, in the order of the samples
 * @param tokens tokens of all kept texts
 * @param cut texts that lost tokens to the length of the rows
 * @param dropped pairs dropped because a side was too long
 * @param identical kept pairs whose two sides are the same after the cut: nothing can be learned from them
 */
public record Preferences(List<PreferenceRow> rows, long tokens, int cut, int dropped, int identical) {

    public Preferences {
        rows = List.copyOf(rows);
    }

    /**
     * Encodes pairs under a length rule.
     *
     * @throws UserError when no pair is left
     */
    public static Preferences encode(Tokenizer tokenizer, List<PreferenceSample> samples, PreferenceConfig config) {
        List<PreferenceRow> rows = new ArrayList<>();
        long tokens = 0;
        int cut = 0;
        int dropped = 0;
        int identical = 0;
        for (PreferenceSample sample : samples) {
            Side chosen = side(tokenizer, sample.prompt(), sample.chosen(), config);
            Side rejected = side(tokenizer, sample.prompt(), sample.rejected(), config);
            int cutHere = (chosen.cut() ? 1 : 0) + (rejected.cut() ? 1 : 0);
            if (cutHere > 0 && config.truncate() == PreferenceConfig.Truncate.DROP) {
                dropped++;
                continue;
            }
            cut += cutHere;
            tokens += chosen.ids().length + rejected.ids().length;
            identical += Arrays.equals(chosen.ids(), rejected.ids()) ? 1 : 0;
            rows.add(new PreferenceRow(
                    chosen.ids(),
                    rejected.ids(),
                    sample.margin() == null ? 0 : sample.margin(),
                    sample.chosen().length(),
                    sample.rejected().length()));
        }
        Preferences found = new Preferences(rows, tokens, cut, dropped, identical);
        if (rows.isEmpty()) {
            throw UserError.data("no preference pair is left: " + found.describe() + "; raise length (now "
                    + config.length() + ") or set truncate to right or prompt-left");
        }
        return found;
    }

    /** A text under the same length rule as the pairs, for scoring: prompt and response with the end token. */
    public static int[] encode(Tokenizer tokenizer, String prompt, String response, PreferenceConfig config) {
        return side(tokenizer, prompt, response, config).ids();
    }

    private record Side(int[] ids, boolean cut) {}

    private static Side side(Tokenizer tokenizer, String prompt, String answer, PreferenceConfig config) {
        int room = config.length() - 1;
        if (config.truncate() == PreferenceConfig.Truncate.PROMPT_LEFT) {
            int[] question =
                    prompt.isEmpty() ? new int[0] : tokenizer.encodeOnce(prompt).ids();
            int[] reply = (prompt.isEmpty() ? tokenizer.encodeOnce(answer) : tokenizer.encode(answer, false)).ids();
            int[] kept = Arrays.copyOf(reply, Math.min(reply.length, room));
            int wanted =
                    config.promptLength() == null ? question.length : Math.min(question.length, config.promptLength());
            int questionKept = Math.min(wanted, room - kept.length);
            int[] ids = Arrays.copyOfRange(question, question.length - questionKept, question.length + kept.length);
            System.arraycopy(kept, 0, ids, questionKept, kept.length);
            return new Side(withEnd(tokenizer, ids), ids.length < wanted + reply.length);
        }
        int[] all = tokenizer.encodeOnce(prompt + answer).ids();
        return new Side(withEnd(tokenizer, Arrays.copyOf(all, Math.min(all.length, room))), all.length > room);
    }

    private static int[] withEnd(Tokenizer tokenizer, int[] ids) {
        int eos = tokenizer.eos();
        if (ids.length > 0 && ids[ids.length - 1] == eos) {
            return ids;
        }
        int[] ended = Arrays.copyOf(ids, ids.length + 1);
        ended[ids.length] = eos;
        return ended;
    }

    /** One line for people. */
    public String describe() {
        return String.format(
                Locale.ROOT,
                "%,d pairs, %,d tokens, %,d texts cut, %,d pairs dropped as too long, %,d pairs alike after the cut",
                rows.size(),
                tokens,
                cut,
                dropped,
                identical);
    }
}
