package dev.trefoil.data.grammar;

/** Which of the two forms of a rule is meant: praise or blame. */
enum Mood {
    PRAISE(".pos"),
    BLAME(".neg");

    private final String suffix;

    Mood(String suffix) {
        this.suffix = suffix;
    }

    /** What a rule's name ends in when it has one form for each mood. */
    String suffix() {
        return suffix;
    }

    Mood opposite() {
        return this == PRAISE ? BLAME : PRAISE;
    }

    static Mood of(boolean positive) {
        return positive ? PRAISE : BLAME;
    }
}
