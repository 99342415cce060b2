package dev.trefoil.eval;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Negative log-likelihood of texts under a model. Sums are kept, not means, so that parts of any size add up to the same result.
 *
 * @param nllSum sum over label tokens of -ln p(token), nats
 * @param tokens number of label tokens
 * @param texts number of texts
 */
public record Perplexity(double nllSum, long tokens, long texts) {

    /** Nothing seen yet; its mean is NaN. */
    public static final Perplexity NONE = new Perplexity(0, 0, 0);

    public Perplexity {
        if (tokens < 0 || texts < 0) {
            throw new IllegalArgumentException(
                    "tokens and texts must not be negative, were " + tokens + " and " + texts);
        }
    }

    public Perplexity plus(Perplexity other) {
        return new Perplexity(nllSum + other.nllSum, tokens + other.tokens, texts + other.texts);
    }

    /** Nats per token. */
    public double meanNll() {
        return tokens == 0 ? Double.NaN : nllSum / tokens;
    }

    /** exp of the mean. */
    public double perplexity() {
        return Math.exp(meanNll());
    }

    public String toText() {
        return new NumberTable("Perplexity")
                .add("texts", texts)
                .add("tokens", tokens)
                .add("loss per token", meanNll())
                .add("perplexity", perplexity())
                .toText();
    }

    /** Keys with TRL's names, for JSON output. */
    public Map<String, Object> toMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("eval_loss", NumberTable.json(meanNll()));
        map.put("eval_perplexity", NumberTable.json(perplexity()));
        map.put("nll_sum", NumberTable.json(nllSum));
        map.put("tokens", tokens);
        map.put("texts", texts);
        return map;
    }
}
