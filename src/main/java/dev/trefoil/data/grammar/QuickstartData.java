package dev.trefoil.data.grammar;

import java.nio.file.Path;

/**
 * The data files of pipelines/quickstart. Training and held-out rows come from two seeds; neither is a seed that the embedded
 * base was pretrained on.
 */
public final class QuickstartData {

    /** Seed of the corpus that the embedded base is pretrained on; no file holds it. */
    public static final long PRETRAINING_SEED = 1;

    private static final long TRAINING_SEED = 2;
    private static final long HELD_OUT_SEED = 3;

    /** Index from which pairs, and then prompts, are taken, so that the three stages see different openings. */
    private static final long PAIRS_FROM = 100_000;

    private static final long PROMPTS_FROM = 200_000;

    private QuickstartData() {}

    /**
     * Writes reviews.jsonl (1,500 rated reviews), pairs.jsonl (600), prompts.jsonl (400) and the held-out files
     * reviews-heldout.jsonl (200), pairs-heldout.jsonl (300), prompts-heldout.jsonl (100).
     *
     * @throws dev.trefoil.UserError when the folder cannot be written
     */
    public static void write(Path folder) {
        ReviewFiles files = new ReviewFiles(ReviewGrammar.open());
        ReviewGrammar.Style rated = ReviewGrammar.Style.RATED;
        files.writeReviews(folder.resolve("reviews.jsonl"), TRAINING_SEED, 0, 1500, rated);
        files.writePairs(folder.resolve("pairs.jsonl"), TRAINING_SEED, PAIRS_FROM, 600);
        files.writePrompts(folder.resolve("prompts.jsonl"), TRAINING_SEED, PROMPTS_FROM, 400);
        files.writeReviews(folder.resolve("reviews-heldout.jsonl"), HELD_OUT_SEED, 0, 200, rated);
        files.writePairs(folder.resolve("pairs-heldout.jsonl"), HELD_OUT_SEED, PAIRS_FROM, 300);
        files.writePrompts(folder.resolve("prompts-heldout.jsonl"), HELD_OUT_SEED, PROMPTS_FROM, 100);
    }
}
