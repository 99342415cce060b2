package dev.trefoil.prepare;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;

/**
 * Merges of a SentencePiece BPE vocabulary, which stores only a score per piece: every way to put a piece together from two others is
 * a merge, and a better score merges earlier. This is what Hugging Face's converter for LLaMA does.
 */
final class ScoreMerges {

    private record Merge(String left, String right, double score, int leftId, int rightId) {}

    private ScoreMerges() {}

    /**
     * The merges, first one first, each as "left right".
     *
     * @param ids the vocabulary
     * @param plain whether an id is an ordinary piece: no control, byte or unknown token
     */
    static List<String> of(List<String> tokens, List<Double> scores, Map<String, Integer> ids, IntPredicate plain) {
        List<Merge> merges = new ArrayList<>();
        for (int id = 0; id < tokens.size(); id++) {
            if (plain.test(id)) {
                merges.addAll(split(tokens.get(id), scores.get(id), ids));
            }
        }
        // A stable sort: the ways to the same piece stay in the order of their parts' ids.
        merges.sort(Comparator.comparingDouble(Merge::score).reversed());
        return merges.stream().map(merge -> merge.left() + " " + merge.right()).toList();
    }

    private static List<Merge> split(String token, double score, Map<String, Integer> ids) {
        List<Merge> ways = new ArrayList<>();
        for (int at = 0; at < token.length(); ) {
            at += Character.charCount(token.codePointAt(at));
            String left = token.substring(0, at);
            String right = token.substring(at);
            Integer leftId = ids.get(left);
            Integer rightId = ids.get(right);
            if (leftId != null && rightId != null && !right.isEmpty()) {
                ways.add(new Merge(left, right, score, leftId, rightId));
            }
        }
        ways.sort(Comparator.comparingInt(Merge::leftId).thenComparingInt(Merge::rightId));
        return ways;
    }
}
