package dev.trefoil.config;

import java.math.BigDecimal;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.regex.Pattern;

/** Reads one word as the kind of value that is wanted. */
final class Scalars {

    private static final Pattern NUMBER =
            Pattern.compile("[-+]?(?:[0-9][0-9_]*(?:\\.[0-9_]*)?|\\.[0-9][0-9_]*)(?:[eE][-+]?[0-9]{1,6})?");
    private static final Pattern LEADING_ZERO = Pattern.compile("[-+]?0[0-9_]+");
    private static final Pattern NOT_FINITE = Pattern.compile("(?i)[-+]?\\.?(?:inf|infinity|nan)");
    private static final Pattern COMMA = Pattern.compile("[-+]?[0-9]+,[0-9]+");
    private static final int LONG_DIGITS = 19;

    private Scalars() {}

    /** What is wrong with a value, as the middle of a message: {@code must be a number, was high}. */
    static final class BadValue extends Exception {

        private static final long serialVersionUID = 1L;

        BadValue(String message) {
            super(message);
        }
    }

    /** The value as an object of the kind's type. */
    static Object read(Value.Scalar scalar, Kind kind) throws BadValue {
        return switch (kind.form()) {
            case WHOLE -> whole(scalar, kind);
            case NUMBER -> number(scalar, kind);
            case FLAG -> flag(scalar);
            case TEXT -> scalar.text();
            case PATH -> path(scalar);
            case CHOICE -> choice(scalar, kind);
            case PARSED -> parsed(scalar, kind);
            case ANY -> any(scalar);
            case SECTION, LIST, MAP -> throw wrong(kind, scalar, "");
        };
    }

    private static BadValue wrong(Kind kind, Value.Scalar scalar, String advice) {
        return new BadValue("must be " + kind.wanted() + ", was " + scalar.shown() + advice);
    }

    private static BigDecimal decimal(Value.Scalar scalar, Kind kind) throws BadValue {
        String text = scalar.text();
        if (NOT_FINITE.matcher(text).matches()) {
            throw new BadValue("must be a finite number, was " + text);
        }
        if (COMMA.matcher(text).matches()) {
            throw wrong(kind, scalar, "; write a decimal point: " + text.replace(',', '.'));
        }
        if (!NUMBER.matcher(text).matches()) {
            throw wrong(kind, scalar, "");
        }
        if (scalar.quoted()) {
            throw wrong(kind, scalar, ", which is text; remove the quotes");
        }
        return new BigDecimal(text.replace("_", ""));
    }

    private static Object whole(Value.Scalar scalar, Kind kind) throws BadValue {
        if (LEADING_ZERO.matcher(scalar.text()).matches()) {
            throw wrong(kind, scalar, "; write it without the leading zero");
        }
        BigDecimal value = decimal(scalar, kind);
        boolean isInt = kind.raw() == int.class || kind.raw() == Integer.class;
        long most = isInt ? Integer.MAX_VALUE : Long.MAX_VALUE;
        // Digits before the point are counted first: the exact value of 1e999999 would fill the memory.
        if (value.precision() - (long) value.scale() > LONG_DIGITS
                || value.abs().compareTo(BigDecimal.valueOf(most)) > 0) {
            throw new BadValue("must be a whole number of at most " + most + ", was " + scalar.text());
        }
        if (value.stripTrailingZeros().scale() > 0) {
            throw wrong(kind, scalar, "");
        }
        if (isInt) {
            return value.intValueExact();
        }
        return value.longValueExact();
    }

    private static Object number(Value.Scalar scalar, Kind kind) throws BadValue {
        decimal(scalar, kind);
        double value = Double.parseDouble(scalar.text().replace("_", ""));
        if (Double.isInfinite(value)) {
            throw new BadValue("must be a finite number, was " + scalar.text() + ", which is too large");
        }
        return value;
    }

    private static Object flag(Value.Scalar scalar) throws BadValue {
        if (!scalar.quoted() && scalar.text().equals("true")) {
            return true;
        }
        if (!scalar.quoted() && scalar.text().equals("false")) {
            return false;
        }
        throw new BadValue("must be true or false, was " + scalar.shown());
    }

    private static Object path(Value.Scalar scalar) throws BadValue {
        if (scalar.text().isBlank()) {
            throw new BadValue("must be a path, was " + scalar.shown());
        }
        try {
            return Path.of(scalar.text());
        } catch (InvalidPathException e) {
            throw new BadValue("must be a path, was " + scalar.shown());
        }
    }

    private static Object choice(Value.Scalar scalar, Kind kind) throws BadValue {
        String name = scalar.text().replace('_', '-');
        for (Object constant : kind.raw().getEnumConstants()) {
            if (Kind.choiceName((Enum<?>) constant).equals(name)) {
                return constant;
            }
        }
        String near = Nearest.of(name, kind.choices())
                .map(choice -> "; did you mean " + choice + "?")
                .orElse("");
        throw wrong(kind, scalar, near);
    }

    private static Object parsed(Value.Scalar scalar, Kind kind) throws BadValue {
        try {
            return kind.parse(scalar.text());
        } catch (IllegalArgumentException e) {
            throw new BadValue(String.valueOf(e.getMessage()));
        }
    }

    /** Whole numbers become Long, other numbers Double; what stands in quotes is text. */
    private static Object any(Value.Scalar scalar) throws BadValue {
        if (scalar.isNull()) {
            return null;
        }
        String text = scalar.text();
        if (scalar.quoted()) {
            return text;
        }
        if (text.equals("true") || text.equals("false")) {
            return text.equals("true");
        }
        if (text.matches("[-+]?(?:0|[1-9][0-9_]{0,17})")) {
            return Long.valueOf(text.replace("_", ""));
        }
        boolean number =
                NUMBER.matcher(text).matches() && !LEADING_ZERO.matcher(text).matches();
        boolean notFinite = text.startsWith(".") && NOT_FINITE.matcher(text).matches();
        return number || notFinite ? number(scalar, new Kind(Kind.Form.NUMBER, Double.class, null)) : text;
    }
}
