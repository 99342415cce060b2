package dev.trefoil.config;

import java.math.BigDecimal;
import java.math.MathContext;

/** Writes numbers with the fewest digits that read back to the same double, the same on every Java version. */
final class Numbers {

    private static final int MOST_DIGITS = 17;
    private static final int SMALLEST_PLAIN_EXPONENT = -3;
    private static final int LARGEST_PLAIN_EXPONENT = 9;

    private Numbers() {}

    /** Always with a point, so that every YAML reader takes it for a floating-point number: 6.0, 0.001, 2.0e-4. */
    static String text(double value) {
        if (!Double.isFinite(value)) {
            return Double.isNaN(value) ? ".nan" : value > 0 ? ".inf" : "-.inf";
        }
        BigDecimal shortest = shortest(value);
        int exponent = shortest.precision() - shortest.scale() - 1;
        if (shortest.signum() == 0) {
            return "0.0";
        }
        if (exponent >= SMALLEST_PLAIN_EXPONENT && exponent <= LARGEST_PLAIN_EXPONENT) {
            String plain = shortest.toPlainString();
            return plain.contains(".") ? plain : plain + ".0";
        }
        BigDecimal digits = shortest.movePointLeft(exponent).stripTrailingZeros();
        String mantissa = digits.toPlainString();
        return (mantissa.contains(".") ? mantissa : mantissa + ".0")
                + (exponent < 0 ? "e-" : "e+")
                + Math.abs(exponent);
    }

    /** As {@link #text}, but a whole number without a point, for messages. */
    static String brief(double value) {
        String text = text(value);
        return text.endsWith(".0") ? text.substring(0, text.length() - 2) : text.replace(".0e", "e");
    }

    private static BigDecimal shortest(double value) {
        BigDecimal exact = new BigDecimal(value);
        for (int digits = 1; digits < MOST_DIGITS; digits++) {
            BigDecimal rounded = exact.round(new MathContext(digits));
            if (rounded.doubleValue() == value) {
                return rounded.stripTrailingZeros();
            }
        }
        return exact.round(new MathContext(MOST_DIGITS)).stripTrailingZeros();
    }
}
