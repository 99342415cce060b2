package dev.trefoil.verify;

/** Recomputes the expected quantities of one kind of golden case. */
public interface CaseCheck {

    /**
     * Computes from the inputs of {@code golden} what it expects, and hands each result to {@code deviations}.
     *
     * @throws dev.trefoil.UserError if the case lacks something that its kind needs
     */
    void check(GoldenCase golden, Deviations deviations);
}
