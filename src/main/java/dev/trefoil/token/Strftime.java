package dev.trefoil.token;

import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;

/** Dates by the directives of Python's strftime, in English. */
final class Strftime {

    private static final Map<Character, String> PATTERNS = Map.ofEntries(
            Map.entry('Y', "yyyy"),
            Map.entry('y', "yy"),
            Map.entry('m', "MM"),
            Map.entry('d', "dd"),
            Map.entry('B', "MMMM"),
            Map.entry('b', "MMM"),
            Map.entry('A', "EEEE"),
            Map.entry('a', "EEE"),
            Map.entry('H', "HH"),
            Map.entry('I', "hh"),
            Map.entry('M', "mm"),
            Map.entry('S', "ss"),
            Map.entry('p', "a"),
            Map.entry('j', "DDD"),
            Map.entry('F', "yyyy-MM-dd"),
            Map.entry('T', "HH:mm:ss"));

    private Strftime() {}

    /** @throws IllegalArgumentException for a directive that is not known */
    static String format(String format, LocalDateTime time) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < format.length(); i++) {
            char c = format.charAt(i);
            if (c != '%' || i + 1 == format.length()) {
                text.append(c);
                continue;
            }
            char directive = format.charAt(++i);
            // %-d is glibc's way to leave out the zero in front.
            boolean bare = directive == '-' && i + 1 < format.length();
            directive = bare ? format.charAt(++i) : directive;
            String pattern = PATTERNS.get(directive);
            if (directive == '%') {
                text.append('%');
            } else if (pattern == null) {
                throw new IllegalArgumentException("strftime_now: %" + directive + " is not known");
            } else {
                String piece = time.format(DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH));
                text.append(bare ? piece.replaceFirst("^0+(?=.)", "") : piece);
            }
        }
        return text.toString();
    }
}
