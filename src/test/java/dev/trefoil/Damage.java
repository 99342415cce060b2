package dev.trefoil;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** Damages bytes as broken downloads, wrong tools and ill will do; the same seed gives the same damage. */
final class Damage {

    private static final List<String> VALUES = List.of(
            "-1",
            "0",
            "1e999",
            "-9223372036854775808",
            "9223372036854775807",
            "18446744073709551616",
            "4294967296",
            "2147483647",
            "0.5",
            "NaN",
            "Infinity",
            "null",
            "true",
            "\"7\"",
            "\"\"",
            "\"../../../etc/passwd\"",
            "\"/etc/passwd\"",
            "\"\\u0000\"",
            "\"\\ud800\"",
            "[]",
            "{}",
            "[[[[[[[[[[0]]]]]]]]]]",
            "{\"a\":{\"a\":{}}}");
    private static final Pattern NUMBER = Pattern.compile("-?\\d+(\\.\\d+)?([eE][-+]?\\d+)?");
    private static final Pattern TEXT = Pattern.compile("\"[^\"\\\\\n]{0,60}\"");
    private static final Pattern PUNCTUATION = Pattern.compile("[{}\\[\\]:,\"\n]");

    private final SplittableRandom random;

    Damage(long seed) {
        this.random = new SplittableRandom(seed);
    }

    /** Bytes with one to three faults. */
    byte[] bytes(byte[] whole) {
        byte[] damaged = whole.clone();
        for (int faults = random.nextInt(1, 4); faults > 0 && damaged.length > 0; faults--) {
            int at = place(damaged.length);
            switch (random.nextInt(6)) {
                case 0 -> damaged[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> damaged[at] = (byte) random.nextInt();
                case 2 -> Arrays.fill(damaged, at, Math.min(damaged.length, at + 8), (byte) 0xFF);
                case 3 -> Arrays.fill(damaged, at, Math.min(damaged.length, at + 8), (byte) 0);
                case 4 -> damaged = Arrays.copyOf(damaged, at);
                default -> damaged = Arrays.copyOf(damaged, damaged.length + random.nextInt(1, 100));
            }
        }
        return damaged;
    }

    /** Half of the faults lie near an end, where most formats have their header or their footer. */
    private int place(int length) {
        int near = Math.min(length, 64);
        return switch (random.nextInt(4)) {
            case 0 -> random.nextInt(near);
            case 1 -> length - 1 - random.nextInt(near);
            default -> random.nextInt(length);
        };
    }

    /** A text of JSON, YAML or tables with one to three faults. */
    String text(String whole) {
        String damaged = whole;
        for (int faults = random.nextInt(1, 4); faults > 0; faults--) {
            damaged = fault(damaged);
        }
        return damaged;
    }

    private String fault(String text) {
        return switch (random.nextInt(9)) {
            case 0, 1 -> replaced(text, NUMBER, VALUES.get(random.nextInt(VALUES.size())));
            case 2, 3 -> replaced(text, TEXT, VALUES.get(random.nextInt(VALUES.size())));
            case 4 -> replaced(text, PUNCTUATION, "");
            case 5 ->
                replaced(text, PUNCTUATION, List.of("{", "[", "\"", ",", ":").get(random.nextInt(5)));
            case 6 -> text.substring(0, random.nextInt(text.length() + 1));
            case 7 -> repeated(text);
            default -> inserted(text);
        };
    }

    private String replaced(String text, Pattern what, String by) {
        List<MatchResult> places = what.matcher(text).results().toList();
        if (places.isEmpty()) {
            return text;
        }
        MatchResult place = places.get(random.nextInt(places.size()));
        return text.substring(0, place.start()) + by + text.substring(place.end());
    }

    private String repeated(String text) {
        if (text.isEmpty()) {
            return text;
        }
        int from = random.nextInt(text.length());
        int to = Math.min(text.length(), from + random.nextInt(1, 80));
        return text.substring(0, to) + text.substring(from);
    }

    private String inserted(String text) {
        int at = random.nextInt(text.length() + 1);
        String piece = List.of("\u0000", "\uFEFF", "\t", "\r", "\uFFFD", "\uD800", "[".repeat(3000), "&a [*a,*a]")
                .get(random.nextInt(8));
        return text.substring(0, at) + piece + text.substring(at);
    }

    /** UTF-8, or now and then another encoding. */
    byte[] encoded(String text) {
        return switch (random.nextInt(20)) {
            case 0 -> text.getBytes(StandardCharsets.UTF_16);
            case 1 -> text.getBytes(StandardCharsets.ISO_8859_1);
            default -> text.getBytes(StandardCharsets.UTF_8);
        };
    }
}
