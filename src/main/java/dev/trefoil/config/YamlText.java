package dev.trefoil.config;

import java.io.StringReader;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.composer.Composer;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;
import org.yaml.snakeyaml.parser.ParserImpl;
import org.yaml.snakeyaml.reader.ReaderException;
import org.yaml.snakeyaml.reader.StreamReader;
import org.yaml.snakeyaml.resolver.Resolver;

/**
 * Turns YAML text into {@link Value}s. The graph of nodes is taken from SnakeYAML before any object is made from it: no tag is
 * ever obeyed, and lines are kept.
 */
final class YamlText {

    private static final int DEEPEST = 30;
    private static final int MOST_ALIASES = 50;

    /** Aliases are expanded; a handful of nested ones can mean millions of values. */
    private static final int MOST_VALUES = 20_000;

    /** What YAML finds by itself; whatever else stands as a tag was written by hand. */
    private static final Set<Tag> STANDARD_TAGS =
            Set.of(Tag.STR, Tag.INT, Tag.FLOAT, Tag.BOOL, Tag.NULL, Tag.TIMESTAMP, Tag.MAP, Tag.SEQ, Tag.MERGE);

    private final Origin base;
    private final Problems problems;
    private final Map<Node, Boolean> open = new IdentityHashMap<>();
    private int values;
    private boolean tooMany;

    private YamlText(Origin base, Problems problems) {
        this.base = base;
        this.problems = problems;
    }

    /**
     * Parses one document.
     *
     * @param base the file or override that the text comes from; lines count from its start
     * @return empty if the text is empty or no YAML at all; in the second case a problem has been noted
     */
    static Optional<Value> parse(String text, Origin base, Problems problems) {
        LoaderOptions options = new LoaderOptions();
        options.setMaxAliasesForCollections(MOST_ALIASES);
        options.setNestingDepthLimit(DEEPEST);
        // No object is made from a tag; the message on a strange one comes from checkTag, with its key.
        options.setTagInspector(tag -> true);
        try {
            StreamReader reader = new StreamReader(new StringReader(text));
            Composer composer = new Composer(new ParserImpl(reader, options), new Resolver(), options);
            Node node = composer.getSingleNode();
            if (node == null) {
                return Optional.empty();
            }
            YamlText builder = new YamlText(base, problems);
            return Optional.ofNullable(builder.value(node, ""));
        } catch (MarkedYAMLException e) {
            Mark mark = e.getProblemMark() == null ? e.getContextMark() : e.getProblemMark();
            problems.add(
                    base.atLine(mark == null ? 0 : mark.getLine() + 1),
                    "",
                    "is not readable YAML: " + explain(e, text, mark));
        } catch (ReaderException e) {
            int end = text.offsetByCodePoints(0, Math.min(e.getPosition(), text.codePointCount(0, text.length())));
            int line = 1
                    + (int) text.substring(0, end)
                            .chars()
                            .filter(c -> c == '\n')
                            .count();
            problems.add(
                    base.atLine(line),
                    "",
                    String.format("contains the control character U+%04X; remove it", e.getCodePoint()));
        } catch (YAMLException e) {
            String message = String.valueOf(e.getMessage());
            problems.add(
                    base.atLine(0), "", "is not readable YAML: " + (isLimit(message) ? limit() : firstLine(message)));
        } catch (IllegalArgumentException badEscape) {
            // The parser's own way to say so, for it takes the digits as they come.
            problems.add(
                    base.atLine(0),
                    "",
                    "is not readable YAML: an escape in double quotes (\\x, \\u or \\U) names no character; write it as"
                            + " it is, or in single quotes");
        }
        return Optional.empty();
    }

    private static String explain(MarkedYAMLException error, String text, Mark mark) {
        String problem = firstLine(String.valueOf(error.getProblem()));
        if (problem.contains("TAB")
                || lineOf(text, mark).strip().isEmpty() && lineOf(text, mark).contains("\t")) {
            return "a tab stands where YAML wants spaces; indent with spaces";
        }
        if (lineOf(text, mark).stripLeading().startsWith("\t")
                || lineOf(text, mark).startsWith("\t")) {
            return "the line is indented with a tab; indent with spaces";
        }
        if (problem.contains("another document")) {
            return "a second document begins (---); one document a file is wanted";
        }
        String context = error.getContext() == null ? "" : firstLine(error.getContext());
        String opened = error.getContextMark() == null
                ? ""
                : " in line " + (error.getContextMark().getLine() + 1);
        if (context.contains("quoted scalar") && problem.contains("end of stream")) {
            return "the quote opened" + opened + " is not closed";
        }
        if (context.contains("flow")) {
            return "the bracket opened" + opened + " is not closed, or a comma is missing";
        }
        if (problem.contains("<block end>")) {
            return "the indentation does not fit the lines above; keys of one section begin in one column";
        }
        if (problem.contains("mapping values are not allowed")) {
            return "a second colon stands in the line; put text that holds ': ' in quotes";
        }
        if (problem.contains("cannot start any token")) {
            return firstLine(problem.split("\\. \\(")[0]) + "; put text that begins with it in quotes";
        }
        return (context.isEmpty() ? "" : context + ", ") + problem
                + "; check indentation, quotes and brackets here and on the line above";
    }

    private static String lineOf(String text, Mark mark) {
        if (mark == null) {
            return "";
        }
        return text.lines().skip(mark.getLine()).findFirst().orElse("");
    }

    private static boolean isLimit(String message) {
        String lower = message.toLowerCase(Locale.ROOT);
        return lower.contains("exceed") && (lower.contains("alias") || lower.contains("depth"));
    }

    private static String limit() {
        return "more than " + MOST_ALIASES + " aliases or " + DEEPEST + " levels; write the values out, or use extends";
    }

    private static String firstLine(String message) {
        return message.lines().findFirst().orElse("").strip();
    }

    private Value value(Node node, String path) {
        Origin origin = base.atLine(node.getStartMark().getLine() + 1);
        if (++values > MOST_VALUES) {
            if (!tooMany) {
                tooMany = true;
                problems.add(
                        origin,
                        path,
                        "the file has more than " + MOST_VALUES + " values once its aliases are expanded");
            }
            return null;
        }
        if (open.put(node, Boolean.TRUE) != null) {
            problems.add(origin, path, "an alias (*) refers to a section that it stands in; write the values out");
            return null;
        }
        try {
            checkTag(node, origin, path);
            if (node instanceof ScalarNode scalar) {
                boolean quoted = scalar.getScalarStyle() != DumperOptions.ScalarStyle.PLAIN;
                return new Value.Scalar(origin, scalar.getValue(), quoted);
            }
            return node instanceof SequenceNode list
                    ? sequence(list, origin, path)
                    : section((MappingNode) node, origin, path);
        } finally {
            open.remove(node);
        }
    }

    private void checkTag(Node node, Origin origin, String path) {
        String tag = node.getTag().getValue();
        if (!STANDARD_TAGS.contains(node.getTag())) {
            problems.add(origin, path, "has the tag " + tag + "; tags are not used here, remove it");
        }
    }

    private Value.Sequence sequence(SequenceNode node, Origin origin, String path) {
        List<Value> items = new ArrayList<>();
        for (Node item : node.getValue()) {
            Value value = value(item, path + "[" + items.size() + "]");
            if (value != null) {
                items.add(value);
            }
            if (tooMany) {
                break;
            }
        }
        return new Value.Sequence(origin, items);
    }

    private Value.Section section(MappingNode node, Origin origin, String path) {
        Value.Section section = new Value.Section(origin);
        Value.Section merged = new Value.Section(origin);
        Set<String> seen = new HashSet<>();
        for (NodeTuple pair : node.getValue()) {
            if (tooMany) {
                break;
            }
            Origin place = base.atLine(pair.getKeyNode().getStartMark().getLine() + 1);
            if (!(pair.getKeyNode() instanceof ScalarNode keyNode)) {
                problems.add(place, path, "a list or section stands where a key is wanted; a key is one word");
                continue;
            }
            String key = keyNode.getValue();
            String full = path.isEmpty() ? key : path + "." + key;
            if (!seen.add(key)) {
                Origin first = section.entries().containsKey(key)
                        ? section.entries().get(key).key()
                        : origin;
                problems.add(place, full, "the key stands twice, first in line " + first.line() + "; keep one of them");
                continue;
            }
            Value value = value(pair.getValueNode(), full);
            if (value != null && keyNode.getTag().equals(Tag.MERGE)) {
                mergeBelow(merged, value, place, full);
            } else if (value != null) {
                section.entries().put(key, new Value.Entry(place, value));
            }
        }
        if (merged.entries().isEmpty()) {
            return section;
        }
        section.entries().forEach(merged.entries()::put);
        return merged;
    }

    /** YAML's merge key {@code <<}: keys of the aliased sections that the section itself does not set; the first of a list wins. */
    private void mergeBelow(Value.Section target, Value value, Origin place, String path) {
        if (value instanceof Value.Section source) {
            source.entries().forEach(target.entries()::putIfAbsent);
        } else if (value instanceof Value.Sequence list) {
            list.items().forEach(item -> mergeBelow(target, item, place, path));
        } else {
            problems.add(place, path, "must be an alias of a section, was " + value.shown());
        }
    }
}
