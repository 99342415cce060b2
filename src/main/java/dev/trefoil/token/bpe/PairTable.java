package dev.trefoil.token.bpe;

import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;

/**
 * How often each pair of neighbouring tokens occurs in the words, kept up to date while pairs are merged: a merge only touches
 * the words that hold the pair.
 */
final class PairTable {

    /** A word of the corpus as token ids. */
    static final class Word {
        private final long frequency;
        private int[] tokens;

        Word(int[] tokens, long frequency) {
            this.tokens = tokens;
            this.frequency = frequency;
        }
    }

    /** A pair with its count at some moment; of equal counts the smaller ids come first. */
    record Pair(int left, int right, long count) {
        static final Comparator<Pair> FIRST_TO_MERGE = Comparator.comparingLong(Pair::count)
                .reversed()
                .thenComparingInt(Pair::left)
                .thenComparingInt(Pair::right);
    }

    private final List<Word> words;
    private final Map<Long, Long> counts = new HashMap<>();
    private final Map<Long, Set<Integer>> holders = new HashMap<>();
    /** May hold outdated counts; an entry counts only while it equals the table's. */
    private final PriorityQueue<Pair> queue = new PriorityQueue<>(Pair.FIRST_TO_MERGE);

    PairTable(List<Word> words) {
        this.words = words;
        Set<Long> changed = new HashSet<>();
        for (int i = 0; i < words.size(); i++) {
            add(i, 1, changed);
        }
        enqueue(changed);
    }

    /** The most frequent pair that occurs at least so often, or null. */
    Pair mostFrequent(long minFrequency) {
        while (!queue.isEmpty()) {
            Pair pair = queue.poll();
            if (pair.count() == counts.getOrDefault(key(pair.left(), pair.right()), 0L)) {
                return pair.count() >= minFrequency ? pair : null;
            }
        }
        return null;
    }

    /** Replaces the pair by a token in every word. */
    void merge(Pair pair, int token) {
        Set<Long> changed = new HashSet<>();
        for (int i : Set.copyOf(holders.get(key(pair.left(), pair.right())))) {
            add(i, -1, changed);
            Word word = words.get(i);
            word.tokens = merged(word.tokens, pair, token);
            add(i, 1, changed);
        }
        enqueue(changed);
    }

    private static int[] merged(int[] tokens, Pair pair, int token) {
        int[] result = new int[tokens.length];
        int length = 0;
        for (int i = 0; i < tokens.length; i++) {
            boolean here = i + 1 < tokens.length && tokens[i] == pair.left() && tokens[i + 1] == pair.right();
            result[length++] = here ? token : tokens[i];
            i += here ? 1 : 0;
        }
        return Arrays.copyOf(result, length);
    }

    /** Counts a word's pairs in (sign 1) or out (sign -1). */
    private void add(int index, int sign, Set<Long> changed) {
        Word word = words.get(index);
        for (int i = 0; i + 1 < word.tokens.length; i++) {
            long key = key(word.tokens[i], word.tokens[i + 1]);
            counts.merge(key, sign * word.frequency, Long::sum);
            Set<Integer> having = holders.computeIfAbsent(key, unused -> new HashSet<>());
            if (sign > 0) {
                having.add(index);
            } else {
                having.remove(index);
            }
            changed.add(key);
        }
    }

    private void enqueue(Set<Long> changed) {
        for (long key : changed) {
            long count = counts.get(key);
            if (count == 0) {
                counts.remove(key);
                holders.remove(key);
            } else {
                queue.add(new Pair((int) (key >>> 32), (int) key, count));
            }
        }
    }

    private static long key(int left, int right) {
        return (long) left << 32 | right;
    }
}
