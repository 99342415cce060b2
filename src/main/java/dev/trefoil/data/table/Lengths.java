package dev.trefoil.data.table;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/** How long texts are: each length with its count, so that quantiles are exact and memory goes with distinct lengths only. */
public final class Lengths {

    private static final double[] SHARES = {0.1, 0.5, 0.9};
    private static final String[] NAMES = {"p10", "p50", "p90"};

    private final TreeMap<Integer, Long> counts = new TreeMap<>();
    private long count;
    private long sum;

    public void add(int length) {
        counts.merge(length, 1L, Long::sum);
        count++;
        sum += length;
    }

    public long count() {
        return count;
    }

    public long sum() {
        return sum;
    }

    /** The smallest length that at least this share of the texts do not exceed; 0 when there are none. */
    public int quantile(double share) {
        long wanted = Math.max(1, (long) Math.ceil(share * count));
        long seen = 0;
        for (Map.Entry<Integer, Long> entry : counts.entrySet()) {
            seen += entry.getValue();
            if (seen >= wanted) {
                return entry.getKey();
            }
        }
        return 0;
    }

    /** p10, p50, p90, max. */
    public Map<String, Object> describe() {
        Map<String, Object> described = new LinkedHashMap<>();
        for (int i = 0; i < SHARES.length; i++) {
            described.put(NAMES[i], quantile(SHARES[i]));
        }
        described.put("max", counts.isEmpty() ? 0 : counts.lastKey());
        return described;
    }
}
