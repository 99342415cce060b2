package dev.trefoil.verify;

/**
 * How far a quantity may be off.
 *
 * @param rtol share of the expected value
 * @param atol absolute
 * @param atolOfLargest share of the tensor's largest expected magnitude, added to {@code atol}
 * @param relativeNorm if above 0, the quantity is judged by |got - want| / |want| in L2 alone
 * @param exact nothing may differ
 * @param steps for codes: so many steps more or less are allowed at rounding ties, see {@link Deviations#codes}
 * @param onlyWhereAbove if above 0, only entries whose gradient is larger than this count; the check passes the mask
 */
public record Tolerance(
        double rtol,
        double atol,
        double atolOfLargest,
        double relativeNorm,
        boolean exact,
        int steps,
        double onlyWhereAbove) {

    /** fp32: 1e-5 + 1e-4 |want|. */
    public static Tolerance fp32() {
        return of(1e-4, 1e-5);
    }

    /** Gradients: 1e-3 relative plus 1e-4 of the tensor's largest entry. */
    public static Tolerance gradient() {
        return new Tolerance(1e-3, 0, 1e-4, 0, false, 0, 0);
    }

    public static Tolerance exactly() {
        return new Tolerance(0, 0, 0, 0, true, 0, 0);
    }

    public static Tolerance of(double rtol, double atol) {
        return new Tolerance(rtol, atol, 0, 0, false, 0, 0);
    }

    /** {@code rtol} of each entry and {@code ofLargest} of the largest: for tensors whose scale is far from 1. */
    public static Tolerance scaled(double rtol, double ofLargest) {
        return new Tolerance(rtol, 0, ofLargest, 0, false, 0, 0);
    }

    /** Judged by the relative L2 norm. */
    public static Tolerance norm(double relativeNorm) {
        return new Tolerance(0, 0, 0, relativeNorm, false, 0, 0);
    }

    double allowed(double want, double largest) {
        return atol + rtol * Math.abs(want) + atolOfLargest * largest;
    }

    /** As a person reads it, for instance {@code 1e-05 + 1e-04 |want|}. */
    public String text() {
        if (exact) {
            return steps > 0 ? "exact, " + steps + " step at ties" : "exact";
        }
        if (relativeNorm > 0) {
            return String.format("relative norm %.0e", relativeNorm);
        }
        StringBuilder text = new StringBuilder();
        add(text, atol, "");
        add(text, rtol, " |want|");
        add(text, atolOfLargest, " max");
        return text.isEmpty() ? "exact" : text.toString();
    }

    private static void add(StringBuilder text, double factor, String of) {
        if (factor > 0) {
            text.append(text.isEmpty() ? "" : " + ")
                    .append(String.format("%.0e", factor))
                    .append(of);
        }
    }
}
