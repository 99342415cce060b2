package dev.trefoil.quant;

import java.util.List;

/**
 * Token ids with a meaning, as the published configuration has them.
 *
 * @param bos begins a text; null when the model has none
 * @param eos each of these ends a text; may be empty
 * @param pad null when the model has none; masks never depend on it
 */
public record Tokens(Integer bos, List<Integer> eos, Integer pad) {

    public Tokens {
        eos = eos == null ? List.of() : List.copyOf(eos);
    }

    /** The tokens that end a text, as an array. */
    public int[] eosIds() {
        return eos.stream().mapToInt(Integer::intValue).toArray();
    }
}
