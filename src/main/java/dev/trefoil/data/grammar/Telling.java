package dev.trefoil.data.grammar;

import dev.trefoil.rl.CounterRandom;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** One review being written: what was said so far, and what the rest must agree with. */
final class Telling {

    /** After so many draws a word may come twice: small rules run out of new words. */
    private static final int DRAWS_FOR_NEWS = 8;

    private final Grammar grammar;
    private final CounterRandom random;
    private final boolean past;
    private final Map<String, String> fixed;
    private final Set<String> said;
    private StringBuilder text = new StringBuilder();
    private boolean plural;

    private Telling(Grammar grammar, CounterRandom random, boolean past, Map<String, String> fixed, Set<String> said) {
        this.grammar = grammar;
        this.random = random;
        this.past = past;
        this.fixed = fixed;
        this.said = said;
    }

    static Telling begin(Grammar grammar, CounterRandom random) {
        return new Telling(grammar, random, random.nextInt(2) == 0, new HashMap<>(), new HashSet<>());
    }

    /** The same review so far with an empty text, going on with other random choices; this one stays as it is. */
    Telling goOn(CounterRandom otherRandom) {
        Telling next = new Telling(grammar, otherRandom, past, new HashMap<>(fixed), new HashSet<>(said));
        next.plural = plural;
        return next;
    }

    /** Tells one alternative of a rule, a new one where there is one. */
    void tell(String name, Mood mood) {
        Rule rule = grammar.rule(name, mood);
        String known = fixed.get(rule.name());
        if (known != null) {
            write(known);
            return;
        }
        Rule.Alternative chosen = choose(rule);
        int start = text.length();
        tell(chosen.parts(), mood);
        if (rule.noun()) {
            plural = chosen.plural();
        }
        if (rule.fixed()) {
            fixed.put(rule.name(), text.substring(start));
        }
    }

    void tell(List<Part> parts, Mood mood) {
        for (Part part : parts) {
            part.tell(this, mood);
        }
    }

    private Rule.Alternative choose(Rule rule) {
        List<Rule.Alternative> alternatives = rule.alternatives();
        Rule.Alternative chosen = alternatives.get(random.nextInt(alternatives.size()));
        for (int i = 1; i < DRAWS_FOR_NEWS && said.contains(chosen.key()); i++) {
            chosen = alternatives.get(random.nextInt(alternatives.size()));
        }
        said.add(chosen.key());
        return chosen;
    }

    void write(String words) {
        text.append(words);
    }

    int draw(int bound) {
        return random.nextInt(bound);
    }

    boolean past() {
        return past;
    }

    boolean plural() {
        return plural;
    }

    /** Takes what was written since the last call. */
    String take() {
        String taken = text.toString();
        text = new StringBuilder();
        return taken;
    }
}
