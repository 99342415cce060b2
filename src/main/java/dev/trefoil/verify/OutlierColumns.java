package dev.trefoil.verify;

import dev.trefoil.adapter.LinearSite;
import dev.trefoil.adapter.Slot;
import dev.trefoil.model.Role;
import dev.trefoil.token.Batch;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/** Which columns of its input each linear multiplies in float: those with an entry at or beyond the threshold in any row. */
final class OutlierColumns {

    /** A column whose largest entry is so near the threshold, as a share of it, may fall on either side. */
    private static final double DOUBTFUL = 0.01;

    private static final String PREFIX = "outlier_cols.";

    private OutlierColumns() {}

    static void compare(GoldenCase golden, Deviations deviations, Role role, Batch batch) {
        double threshold = golden.setting("threshold");
        List<Map<Slot, float[]>> inputs = role.linearInputs(batch);
        Map<String, LinearSite> sites = new HashMap<>();
        role.base().sites().forEach(site -> sites.put(site.module(), site));
        for (String quantity : golden.expected()) {
            LinearSite site = quantity.startsWith(PREFIX) ? sites.get(quantity.substring(PREFIX.length())) : null;
            if (site != null) {
                float[] read = inputs.get(site.layer()).get(site.slot());
                long[] want = golden.longs(quantity);
                deviations.exact(quantity, columns(read, site.columns(), threshold, want), want);
            }
        }
    }

    private static long[] columns(float[] read, int columns, double threshold, long[] want) {
        Set<Long> wanted = LongStream.of(want).boxed().collect(Collectors.toSet());
        Set<Long> found = new TreeSet<>();
        for (int column = 0; column < columns; column++) {
            double largest = 0;
            for (int at = column; at < read.length; at += columns) {
                largest = Math.max(largest, Math.abs(RowCodes.half(read[at])));
            }
            boolean doubtful = Math.abs(largest - threshold) < DOUBTFUL * threshold;
            if (doubtful ? wanted.contains((long) column) : threshold > 0 && largest >= threshold) {
                found.add((long) column);
            }
        }
        return found.stream().mapToLong(Long::longValue).toArray();
    }
}
