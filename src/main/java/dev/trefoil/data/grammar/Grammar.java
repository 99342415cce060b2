package dev.trefoil.data.grammar;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The rules, read once and never changed. The resource says at its top how it is written. */
final class Grammar {

    private final Map<String, Rule> rules;

    private Grammar(Map<String, Rule> rules) {
        this.rules = Map.copyOf(rules);
    }

    static Grammar ofResource(String resource) {
        try (InputStream stream = Grammar.class.getResourceAsStream(resource)) {
            if (stream == null) {
                throw new IllegalStateException("this build lacks the resource " + resource);
            }
            return of(new String(stream.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Grammar of(String text) {
        Map<String, Rule> rules = new HashMap<>();
        String header = null;
        List<String> phrases = new ArrayList<>();
        for (String line : text.lines().map(String::strip).toList()) {
            if (line.startsWith("[")) {
                close(header, phrases, rules);
                header = line.substring(1, line.length() - 1);
                phrases = new ArrayList<>();
            } else if (!line.isEmpty() && !line.startsWith("#")) {
                phrases.addAll(List.of(line.split(" \\| ")));
            }
        }
        close(header, phrases, rules);
        return new Grammar(rules).checked();
    }

    private static void close(String header, List<String> phrases, Map<String, Rule> rules) {
        if (header == null) {
            return;
        }
        String[] words = header.split(" ");
        String name = words[0];
        List<String> kinds = List.of(words).subList(1, words.length);
        List<Rule.Alternative> alternatives =
                phrases.stream().map(phrase -> alternative(name, phrase)).toList();
        Rule rule = new Rule(name, kinds.contains("fixed"), kinds.contains("noun"), alternatives);
        if (rules.put(name, rule) != null) {
            throw new IllegalArgumentException("rule [" + name + "] is there twice");
        }
    }

    private static Rule.Alternative alternative(String rule, String written) {
        boolean plural = written.endsWith("+");
        String phrase = plural ? written.substring(0, written.length() - 1) : written;
        List<Part> parts = PhraseReader.read(phrase);
        boolean plain = parts.size() == 1 && parts.get(0) instanceof Part.Words;
        return new Rule.Alternative(plain ? phrase : rule + ": " + phrase, plural, parts);
    }

    /** Fails when a rule is named that is not there, so that no rare phrase can break a run. */
    private Grammar checked() {
        for (Rule rule : rules.values()) {
            for (Rule.Alternative alternative : rule.alternatives()) {
                check(alternative.parts());
            }
        }
        return this;
    }

    private void check(List<Part> parts) {
        for (Part part : parts) {
            if (part instanceof Part.Reference reference) {
                rule(reference.rule(), Mood.PRAISE);
                rule(reference.rule(), Mood.BLAME);
            } else if (part instanceof Part.Perhaps perhaps) {
                perhaps.choices().forEach(this::check);
            }
        }
    }

    /** The rule of that name, in the given mood where it has two forms. */
    Rule rule(String name, Mood mood) {
        Rule neutral = rules.get(name);
        Rule rule = neutral != null ? neutral : rules.get(name + mood.suffix());
        if (rule == null) {
            throw new IllegalArgumentException(
                    "the grammar has no rule [" + name + "] or [" + name + mood.suffix() + "]");
        }
        return rule;
    }
}
