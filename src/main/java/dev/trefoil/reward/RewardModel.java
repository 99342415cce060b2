package dev.trefoil.reward;

import java.util.List;

/**
 * Judges responses. A reward model is a function of each sample alone: the score of a sample must not depend on the rest of the
 * batch, nor on how many times it was asked.
 *
 * <p>Callers score through {@link #checked}, which turns every way in which a foreign implementation can fail into one
 * {@link RewardException}. A model is used by one thread at a time.
 */
public interface RewardModel extends AutoCloseable {

    /** A short name for logs, tables and messages. */
    String name();

    /**
     * Scores a batch.
     *
     * @param batch samples in order, possibly none
     * @return one score per sample, in the order of the batch
     * @throws RewardException when a sample cannot be judged; nothing is known of the others then
     */
    List<RewardScore> score(List<RewardSample> batch) throws RewardException;

    /** Frees what the model holds (processes, files, loaded classes). Closing twice does nothing. */
    @Override
    default void close() {}

    /**
     * Scores a batch and checks the answer: as many scores as samples, none missing, and as many token scores as the sample
     * has response tokens, where both are given.
     *
     * @throws RewardException also for a runtime or linkage error inside the model
     */
    static List<RewardScore> checked(RewardModel model, List<RewardSample> batch) throws RewardException {
        List<RewardScore> scores;
        try {
            scores = model.score(batch);
        } catch (RuntimeException | LinkageError fault) {
            throw new RewardException(model.name(), "failed with " + fault, fault);
        }
        if (scores == null || scores.size() != batch.size()) {
            String found = scores == null ? "nothing" : scores.size() + " scores";
            throw new RewardException(
                    model.name(),
                    "returned " + found + " for " + batch.size() + " samples; one score per sample is wanted");
        }
        for (int i = 0; i < scores.size(); i++) {
            checkOne(model, i, batch.get(i), scores.get(i));
        }
        return List.copyOf(scores);
    }

    private static void checkOne(RewardModel model, int index, RewardSample sample, RewardScore score)
            throws RewardException {
        if (score == null) {
            throw new RewardException(model.name(), index, "has no score (null)");
        }
        List<String> tokens = sample.responseTokens();
        if (score.hasTokenScores() && !tokens.isEmpty() && score.tokenScores().length != tokens.size()) {
            throw new RewardException(
                    model.name(),
                    index,
                    "has " + score.tokenScores().length + " token scores for " + tokens.size() + " response tokens");
        }
    }
}
