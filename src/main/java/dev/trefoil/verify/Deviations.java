package dev.trefoil.verify;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/** Collects the comparisons of one case. */
public final class Deviations {

    private final GoldenCase golden;
    private final List<Deviation> all = new ArrayList<>();

    public Deviations(GoldenCase golden) {
        this.golden = golden;
    }

    /** What was compared, in order. */
    public List<Deviation> all() {
        return List.copyOf(all);
    }

    /** Whether something was compared and everything was within its tolerance. */
    public boolean ok() {
        return !all.isEmpty() && all.stream().allMatch(Deviation::ok);
    }

    /** Expected tensors of the case that nothing was compared with. */
    public List<String> unchecked() {
        Set<String> checked = new HashSet<>();
        all.forEach(deviation -> checked.add(deviation.quantity()));
        return golden.expected().stream()
                .filter(name -> !checked.contains(name))
                .toList();
    }

    /** Compares with the expected tensor of that name, by the case's tolerance for it. */
    public void compare(String quantity, float[] got) {
        compare(quantity, got, golden.floats(quantity), null);
    }

    /** The same where the mask is true. */
    public void compare(String quantity, float[] got, boolean[] mask) {
        compare(quantity, got, golden.floats(quantity), mask);
    }

    public void compare(String quantity, float[] got, float[] want) {
        compare(quantity, got, want, null);
    }

    /** Compares where the mask is true, everywhere if it is null, by the case's tolerance for the quantity. */
    public void compare(String quantity, float[] got, float[] want, boolean[] mask) {
        compare(quantity, got, want, mask, golden.tolerance(quantity));
    }

    /** Compares where the mask is true, everywhere if it is null, by a tolerance given. */
    public void compare(String quantity, float[] got, float[] want, boolean[] mask, Tolerance tolerance) {
        compare(quantity, doubles(got), doubles(want), mask, tolerance);
    }

    /** Compares a number with the expected scalar of that name. */
    public void scalar(String quantity, double got) {
        scalar(quantity, got, golden.scalar(quantity));
    }

    /** Compares a number by the case's tolerance for the quantity. */
    public void scalar(String quantity, double got, double want) {
        scalar(quantity, got, want, golden.tolerance(quantity));
    }

    /** Compares a number by a tolerance given. */
    public void scalar(String quantity, double got, double want, Tolerance tolerance) {
        compare(quantity, new double[] {got}, new double[] {want}, null, tolerance);
    }

    /** Compares whole numbers, none of which may differ. */
    public void exact(String quantity, long[] got, long[] want) {
        compare(quantity, doubles(got), doubles(want), null, Tolerance.exactly());
    }

    /**
     * Compares codes, such as int8 weights. Where the case allows one step at rounding ties, a code may be that far off if {@code
     * ties} says that both neighbours are right.
     *
     * @param ties per code, or null when the check knows of none
     */
    public void codes(String quantity, long[] got, long[] want, boolean[] ties) {
        int steps = golden.tolerance(quantity).steps();
        long[] forgiven = got.clone();
        for (int i = 0; ties != null && got.length == want.length && i < got.length; i++) {
            forgiven[i] = ties[i] && Math.abs(got[i] - want[i]) <= steps ? want[i] : got[i];
        }
        exact(quantity, forgiven, want);
    }

    /** Compares texts, JSON or other objects, which must be equal. */
    public void exact(String quantity, Object got, Object want) {
        boolean same = Objects.equals(got, want);
        String remark = same ? "" : "got " + excerpt(got) + ", want " + excerpt(want);
        double off = same ? 0 : Double.POSITIVE_INFINITY;
        all.add(new Deviation(quantity, 1, off, off, "exact", same, remark));
    }

    /** Notes a quantity that could not be computed at all. */
    public void failed(String quantity, String why) {
        all.add(new Deviation(quantity, 0, Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY, "", false, why));
    }

    /** Compares in double where the mask is true, everywhere if it is null. */
    public void compare(String quantity, double[] got, double[] want, boolean[] mask, Tolerance tolerance) {
        if (got.length != want.length || (mask != null && mask.length != want.length)) {
            failed(
                    quantity,
                    "got " + got.length + " numbers, want " + want.length
                            + (mask == null ? "" : ", the mask has " + mask.length));
            return;
        }
        all.add(
                tolerance.relativeNorm() > 0
                        ? byNorm(quantity, got, want, mask, tolerance)
                        : byEntry(quantity, got, want, mask, tolerance));
    }

    private static Deviation byEntry(
            String quantity, double[] got, double[] want, boolean[] mask, Tolerance tolerance) {
        double largestWant = 0;
        for (int i = 0; i < want.length; i++) {
            if ((mask == null || mask[i]) && Double.isFinite(want[i])) {
                largestWant = Math.max(largestWant, Math.abs(want[i]));
            }
        }
        long compared = 0;
        double largest = 0;
        double ofTolerance = 0;
        for (int i = 0; i < want.length; i++) {
            if (mask != null && !mask[i]) {
                continue;
            }
            compared++;
            if (Double.compare(got[i], want[i]) == 0 || got[i] == want[i]) {
                continue;
            }
            double off = Math.abs(got[i] - want[i]);
            off = Double.isNaN(off) ? Double.POSITIVE_INFINITY : off;
            double allowed = tolerance.exact() ? 0 : tolerance.allowed(want[i], largestWant);
            largest = Math.max(largest, off);
            ofTolerance = Math.max(ofTolerance, allowed > 0 ? off / allowed : Double.POSITIVE_INFINITY);
        }
        return new Deviation(quantity, compared, largest, ofTolerance, tolerance.text(), ofTolerance <= 1, "");
    }

    private static Deviation byNorm(String quantity, double[] got, double[] want, boolean[] mask, Tolerance tolerance) {
        long compared = 0;
        double off = 0;
        double norm = 0;
        for (int i = 0; i < want.length; i++) {
            if (mask == null || mask[i]) {
                compared++;
                off += (got[i] - want[i]) * (got[i] - want[i]);
                norm += want[i] * want[i];
            }
        }
        double relative = off == 0 ? 0 : Math.sqrt(off / norm);
        relative = Double.isNaN(relative) ? Double.POSITIVE_INFINITY : relative;
        double ofTolerance = relative / tolerance.relativeNorm();
        return new Deviation(quantity, compared, relative, ofTolerance, tolerance.text(), ofTolerance <= 1, "");
    }

    private static double[] doubles(float[] x) {
        double[] result = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            result[i] = x[i];
        }
        return result;
    }

    private static double[] doubles(long[] x) {
        double[] result = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            result[i] = x[i];
        }
        return result;
    }

    private static String excerpt(Object value) {
        String text = String.valueOf(value);
        return text.length() <= 120 ? text : text.substring(0, 117) + "...";
    }
}
