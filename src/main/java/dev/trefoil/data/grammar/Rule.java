package dev.trefoil.data.grammar;

import java.util.List;

/**
 * A rule of the grammar.
 *
 * @param name with its mood's suffix where it has one
 * @param fixed the first choice in a review holds for all of it
 * @param noun choosing an alternative sets the number that the next verbs agree with
 */
record Rule(String name, boolean fixed, boolean noun, List<Alternative> alternatives) {

    Rule {
        if (alternatives.isEmpty()) {
            throw new IllegalArgumentException("rule [" + name + "] has no alternatives");
        }
        alternatives = List.copyOf(alternatives);
    }

    /**
     * One way to tell a rule.
     *
     * @param key what must not come twice in a review: the text of plain words (so that two rules cannot both say "dull"),
     *     else the rule and the written phrase
     * @param plural whether verbs after it take the plural
     */
    record Alternative(String key, boolean plural, List<Part> parts) {
        Alternative {
            parts = List.copyOf(parts);
        }
    }
}
