package dev.trefoil.bench;

import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** What can be measured. */
public enum Work {
    /** Optimiser steps of the supervised stage. */
    SFT,
    /** Optimiser steps of the reward stage. */
    REWARD,
    /** PPO steps: rollout, reading, epochs of updates. */
    PPO,
    /** Greedy generation with a key-value cache. */
    GENERATE,
    /** One forward pass with the logits of every position. */
    PREFILL;

    private static final String ALL = "all";

    /** The word on the command line and in results. */
    public String key() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * Works by their words, {@code all} for every one; in the order of this list, each once.
     *
     * @throws UserError (usage) for another word
     */
    public static List<Work> parse(List<String> words) {
        Set<Work> found = EnumSet.noneOf(Work.class);
        for (String word : words) {
            if (word.equals(ALL)) {
                return List.of(values());
            }
            found.add(Arrays.stream(values())
                    .filter(work -> work.key().equals(word))
                    .findFirst()
                    .orElseThrow(() -> new UserError(
                            ExitCode.USAGE, word + ": no such work; known: " + String.join(", ", words()))));
        }
        return List.copyOf(found);
    }

    /** Every word that {@link #parse} takes. */
    public static List<String> words() {
        List<String> words =
                new ArrayList<>(Arrays.stream(values()).map(Work::key).toList());
        words.add(ALL);
        return words;
    }
}
