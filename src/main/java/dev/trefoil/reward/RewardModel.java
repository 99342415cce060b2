package dev.trefoil.reward;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Judges responses. A reward model is a function of each sample alone: the score of a sample must not depend on the rest of the
 * batch, nor on how many times it was asked.
 *
 * <p>Only {@link #name} and {@link #score} must be written. Callers score through {@link #checked}, which wants all scores, or
 * {@link #judged}, which takes what it gets; both turn every way in which a foreign implementation can fail into one {@link
 * RewardException}. A model is used by one thread at a time.
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

    /**
     * Scores what can be scored. The default asks {@link #score}, and again without a sample that it blames.
     *
     * @return one answer per sample, in the order of the batch
     */
    default List<RewardAnswer> answers(List<RewardSample> batch) {
        return PartialScoring.answers(
                batch,
                part -> RewardModel.checked(this, part).stream()
                        .map(RewardAnswer::of)
                        .toList());
    }

    /** What happened since the model was opened, such as {@code failures} and {@code retries}, for logs. */
    default Map<String, Long> counts() {
        return Map.of();
    }

    /** What a model that goes by what it has seen (a running mean) needs to go on after an interruption; else empty. */
    default Map<String, Double> state() {
        return Map.of();
    }

    /** Goes on from a state that {@link #state} gave; an empty one is the start. */
    default void restore(Map<String, Double> state) {}

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

    /**
     * Scores what can be scored and checks each answer as {@link #checked} does; never throws for a fault of the model.
     *
     * @return one answer per sample, in the order of the batch
     */
    static List<RewardAnswer> judged(RewardModel model, List<RewardSample> batch) {
        List<RewardAnswer> answers;
        try {
            answers = model.answers(batch);
        } catch (RuntimeException | LinkageError fault) {
            return failed(batch, new RewardException(model.name(), "failed with " + fault, fault));
        }
        if (answers == null
                || answers.size() != batch.size()
                || answers.stream().anyMatch(Objects::isNull)) {
            return failed(batch, new RewardException(model.name(), "did not answer once for each sample"));
        }
        List<RewardAnswer> checked = new ArrayList<>(answers);
        for (int i = 0; i < checked.size(); i++) {
            try {
                if (!checked.get(i).isMissing()) {
                    checkOne(model, i, batch.get(i), checked.get(i).score());
                }
            } catch (RewardException fault) {
                checked.set(i, RewardAnswer.failed(fault));
            }
        }
        return checked;
    }

    private static List<RewardAnswer> failed(List<RewardSample> batch, RewardException fault) {
        return Collections.nCopies(batch.size(), RewardAnswer.failed(fault));
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
