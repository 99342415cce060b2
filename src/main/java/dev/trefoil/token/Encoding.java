package dev.trefoil.token;

import dev.trefoil.data.ChatText;
import java.util.List;

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

    /** For each token: true when it covers a character of a span. */
    public boolean[] inside(List<ChatText.Span> spans) {
        boolean[] inside = new boolean[length()];
        for (ChatText.Span span : spans) {
            for (int i = 0; i < inside.length; i++) {
                inside[i] |= starts[i] < span.end() && ends[i] > span.start();
            }
        }
        return inside;
    }
}
