package dev.trefoil.data.grammar;

import java.util.ArrayList;
import java.util.List;

/**
 * Reads a phrase: words, {@code <rule>}, {@code <!rule>}, {@code (words|words)?} and
 * {@code {singular/plural;past singular/past plural}}.
 */
final class PhraseReader {

    private final String phrase;
    private int at;

    private PhraseReader(String phrase) {
        this.phrase = phrase;
    }

    static List<Part> read(String phrase) {
        PhraseReader reader = new PhraseReader(phrase);
        List<Part> parts = reader.parts("");
        if (reader.at < phrase.length()) {
            throw reader.fault("a bracket closes that never opened");
        }
        return parts;
    }

    /** Parts up to the end of the phrase or to one of the stop characters, which is not consumed. */
    private List<Part> parts(String stops) {
        List<Part> parts = new ArrayList<>();
        StringBuilder words = new StringBuilder();
        while (at < phrase.length() && stops.indexOf(phrase.charAt(at)) < 0) {
            char next = phrase.charAt(at++);
            if (next != '<' && next != '{' && next != '(') {
                words.append(next);
                continue;
            }
            endWords(words, parts);
            switch (next) {
                case '<' -> parts.add(reference(until('>')));
                case '{' -> parts.add(verb(until('}')));
                default -> parts.add(perhaps());
            }
        }
        endWords(words, parts);
        return parts;
    }

    private static void endWords(StringBuilder words, List<Part> parts) {
        if (!words.isEmpty()) {
            parts.add(new Part.Words(words.toString()));
            words.setLength(0);
        }
    }

    private String until(char end) {
        int stop = phrase.indexOf(end, at);
        if (stop < 0) {
            throw fault("no '" + end + "'");
        }
        String inside = phrase.substring(at, stop);
        at = stop + 1;
        return inside;
    }

    private static Part reference(String name) {
        boolean opposite = name.startsWith("!");
        return new Part.Reference(opposite ? name.substring(1) : name, opposite);
    }

    private static Part verb(String forms) {
        String[] tenses = forms.split(";");
        String[] present = tenses[0].split("/");
        String[] past = tenses[tenses.length - 1].split("/");
        return new Part.Verb(present[0], present[present.length - 1], past[0], past[past.length - 1]);
    }

    private Part perhaps() {
        List<List<Part>> choices = new ArrayList<>();
        choices.add(parts("|)"));
        while (at < phrase.length() && phrase.charAt(at) == '|') {
            at++;
            choices.add(parts("|)"));
        }
        if (!phrase.startsWith(")?", at)) {
            throw fault("no ')?'");
        }
        at += 2;
        return new Part.Perhaps(choices);
    }

    private IllegalArgumentException fault(String what) {
        return new IllegalArgumentException(what + " in the phrase \"" + phrase + "\"");
    }
}
