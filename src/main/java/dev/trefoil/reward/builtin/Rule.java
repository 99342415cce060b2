package dev.trefoil.reward.builtin;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.trefoil.reward.RewardSample;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * One rule.
 *
 * @param name the part under which its share of the score is reported
 * @param score what one unit of its measure adds
 * @param measure what it finds in a response
 */
record Rule(String name, double score, Measure measure) {

    /** The keys of which a rule has one: what it looks at. */
    private static final List<String> SUBJECTS = List.of("pattern", "words", "length", "format");

    private static final int FLAGS = Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE | Pattern.UNICODE_CHARACTER_CLASS;

    /** A number found in a response. */
    @FunctionalInterface
    interface Measure {

        double of(RewardSample sample);
    }

    /** Matches of a regular expression or finds of words, up to a number. */
    private record Matches(Pattern pattern, int most) implements Measure {

        @Override
        public double of(RewardSample sample) {
            Matcher matcher = pattern.matcher(sample.response());
            int matches = 0;
            while (matches < most && matcher.find()) {
                matches++;
            }
            return matches;
        }
    }

    /** What a length is counted in. */
    private enum Unit {
        CHARACTERS,
        WORDS,
        TOKENS;

        int count(RewardSample sample) {
            String text = sample.response();
            return switch (this) {
                case CHARACTERS -> text.codePointCount(0, text.length());
                case WORDS -> text.isBlank() ? 0 : text.strip().split("\\s+").length;
                case TOKENS -> sample.responseTokens().size();
            };
        }
    }

    /** 1 inside of the range, falling in a straight line to 0 at {@code falloff} outside of it. */
    private record Within(Unit unit, double least, double most, double falloff) implements Measure {

        @Override
        public double of(RewardSample sample) {
            int length = unit.count(sample);
            double outside = Math.max(0, Math.max(least - length, length - most));
            return outside == 0 ? 1 : Math.max(0, 1 - outside / falloff);
        }
    }

    /** Forms that a response may have; 1 when it has. */
    private enum Format implements Measure {
        JSON {
            @Override
            boolean holds(String text) {
                try {
                    return STRICT_JSON.readTree(text).isContainerNode();
                } catch (JsonProcessingException notJson) {
                    return false;
                }
            }
        },
        SENTENCE {
            @Override
            boolean holds(String text) {
                return text.strip().matches("(?s).*[.!?]['\"\u201d\u2019)]?");
            }
        },
        ONE_LINE {
            @Override
            boolean holds(String text) {
                return !text.isBlank() && text.strip().lines().count() == 1;
            }
        },
        BALANCED {
            @Override
            boolean holds(String text) {
                Deque<Character> open = new ArrayDeque<>();
                for (char letter : text.toCharArray()) {
                    if ("([{".indexOf(letter) >= 0) {
                        open.push(letter);
                    }
                    int closing = ")]}".indexOf(letter);
                    if (closing >= 0 && (open.isEmpty() || open.pop() != "([{".charAt(closing))) {
                        return false;
                    }
                }
                return open.isEmpty();
            }
        };

        private static final JsonMapper STRICT_JSON = JsonMapper.builder()
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                .build();

        abstract boolean holds(String text);

        @Override
        public double of(RewardSample sample) {
            return holds(sample.response()) ? 1 : 0;
        }
    }

    /** @throws IllegalArgumentException that names the key */
    static Rule of(Map<String, Object> values, int index) {
        Options options = new Options(values);
        String name = options.text("name", "rule " + index);
        double score = options.number("score", 1, -1e6, 1e6);
        List<String> subjects = SUBJECTS.stream().filter(options::has).toList();
        if (subjects.size() != 1) {
            throw new IllegalArgumentException("pattern: found " + (subjects.isEmpty() ? "none" : subjects)
                    + "; one of " + SUBJECTS + " is wanted");
        }
        Measure measure =
                switch (subjects.get(0)) {
                    case "pattern" -> new Matches(pattern(options.text("pattern")), most(options));
                    case "words" -> new Matches(words(options.texts("words", List.of())), most(options));
                    case "length" -> length(options);
                    default -> format(options.text("format"));
                };
        options.done();
        return new Rule(name, score, measure);
    }

    private static int most(Options options) {
        return options.count("most", 1, 1, 1_000_000);
    }

    private static Pattern pattern(String text) {
        try {
            return Pattern.compile(text, Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE);
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException(
                    "pattern: '" + text + "' is not a regular expression: " + e.getDescription());
        }
    }

    /** Any of the words or phrases, whole. */
    private static Pattern words(List<String> words) {
        List<String> quoted = new ArrayList<>();
        words.forEach(word -> quoted.add(Pattern.quote(word)));
        if (quoted.isEmpty()) {
            throw new IllegalArgumentException("words: is empty; a list of words is wanted");
        }
        return Pattern.compile("(?<!\\w)(?:" + String.join("|", quoted) + ")(?!\\w)", FLAGS);
    }

    private static Measure length(Options options) {
        Unit unit = Unit.valueOf(choice(
                "length",
                options.text("length"),
                List.of(Unit.values()).stream().map(Unit::name).toList()));
        if (!options.has("from") && !options.has("to")) {
            return unit::count;
        }
        double least = options.number("from", 0, 0, 1e9);
        double most = options.number("to", Double.POSITIVE_INFINITY, 0, 1e9);
        double falloff = options.number("falloff", 1, 1e-6, 1e9);
        if (least > most) {
            throw new IllegalArgumentException("to: was " + most + ", at least from = " + least + " is wanted");
        }
        return new Within(unit, least, most, falloff);
    }

    private static Format format(String text) {
        return Format.valueOf(choice(
                "format",
                text,
                List.of(Format.values()).stream().map(Format::name).toList()));
    }

    private static String choice(String key, String found, List<String> names) {
        String name = found.toUpperCase(Locale.ROOT).replace('-', '_');
        if (!names.contains(name)) {
            List<String> shown = names.stream()
                    .map(each -> each.toLowerCase(Locale.ROOT).replace('_', '-'))
                    .toList();
            throw new IllegalArgumentException(
                    key + ": was '" + found + "'" + Nearest.hint(found, shown) + "; one of " + shown + " is wanted");
        }
        return name;
    }
}
