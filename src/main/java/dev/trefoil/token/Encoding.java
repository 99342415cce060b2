package dev.trefoil.token;

/**
 * Token ids of a text with the place of each token in it.
 *
 * @param ids [tokens]
 * @param starts [tokens] index of the first character (UTF-16 unit) a token covers; a token that the post-processor adds
 *     covers nothing: start = end
 * @param ends [tokens] index behind its last character; tokens that share one character, as byte-level ones may, overlap
 */
public record Encoding(int[] ids, int[] starts, int[] ends) {

    public Encoding {
        if (ids.length != starts.length || ids.length != ends.length) {
            throw new IllegalArgumentException("ids, starts and ends must be equally long, were " + ids.length + ", "
                    + starts.length + " and " + ends.length);
        }
    }

    public int length() {
        return ids.length;
    }
}
