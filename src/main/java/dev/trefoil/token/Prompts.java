package dev.trefoil.token;

import dev.trefoil.UserError;
import dev.trefoil.data.KeyedRandom;
import dev.trefoil.data.PromptSample;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Prompts as tokens.
 *
 * @param rows prompts kept, in the order of the samples
 * @param tooShort texts dropped because they have fewer tokens than wanted from their beginning
 * @param tooLong whole prompts dropped because they are longer than allowed
 */
public record Prompts(List<PromptRow> rows, int tooShort, int tooLong) {

    public Prompts {
        rows = List.copyOf(rows);
    }

    /**
     * Encodes prompts. How many tokens of a beginning are taken depends on (seed, number of the sample) only.
     *
     * @throws UserError when no prompt is left
     */
    public static Prompts encode(Tokenizer tokenizer, List<PromptSample> samples, PromptConfig config, long seed) {
        List<PromptRow> rows = new ArrayList<>();
        int tooShort = 0;
        int tooLong = 0;
        boolean whole = config.take() == PromptConfig.Take.WHOLE;
        for (int i = 0; i < samples.size(); i++) {
            PromptSample sample = samples.get(i);
            requireWhole(sample, config);
            int[] ids = tokenizer.encode(sample.prompt(), !sample.templated()).ids();
            if (whole && ids.length > config.maxTokens()) {
                tooLong++;
                continue;
            }
            int spread = config.maxTokens() - config.minTokens() + 1;
            int wanted = whole
                    ? ids.length
                    : config.minTokens() + KeyedRandom.of(seed, i).nextInt(spread);
            if (ids.length < Math.max(1, wanted)) {
                tooShort++;
                continue;
            }
            int[] taken = Arrays.copyOf(ids, wanted);
            String text = sample.templated() ? sample.prompt() : tokenizer.decode(taken, true);
            rows.add(new PromptRow(i, taken, text, sample.metadata()));
        }
        Prompts found = new Prompts(rows, tooShort, tooLong);
        if (rows.isEmpty()) {
            throw UserError.data("no prompt is left: " + found.describe() + "; wanted " + config.minTokens() + " to "
                    + config.maxTokens() + " tokens");
        }
        return found;
    }

    private static void requireWhole(PromptSample sample, PromptConfig config) {
        if (sample.templated() && config.take() != PromptConfig.Take.WHOLE) {
            throw UserError.data(
                    "prompts.take: is beginning, but the prompts are messages, whose template must not be cut;"
                            + " set prompts.take to whole");
        }
    }

    /** One line for people. */
    public String describe() {
        return String.format(
                Locale.ROOT, "%,d prompts, %,d too short, %,d too long dropped", rows.size(), tooShort, tooLong);
    }
}
