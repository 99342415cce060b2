package dev.trefoil.reward.builtin;

import dev.trefoil.reward.PartialScoring;
import dev.trefoil.reward.RewardAnswer;
import dev.trefoil.reward.RewardException;
import dev.trefoil.reward.RewardSample;
import dev.trefoil.reward.RewardScore;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Cuts a batch into requests, asks several at once where that is wanted, and puts the answers together in order. */
final class Requests implements AutoCloseable {

    private final String model;
    private final int size;
    private final PartialScoring.Asker asker;
    private final ExecutorService threads;

    /**
     * @param size most samples of one request
     * @param parallel requests under way at once; with 1 they are made by the caller's thread
     * @param asker makes one request; used by {@code parallel} threads
     */
    Requests(String model, int size, int parallel, PartialScoring.Asker asker) {
        this.model = model;
        this.size = size;
        this.asker = asker;
        this.threads = parallel == 1
                ? null
                : Executors.newFixedThreadPool(parallel, task -> {
                    Thread thread = new Thread(task, "reward-request");
                    thread.setDaemon(true);
                    return thread;
                });
    }

    /** All scores; the first fault ends the batch. */
    List<RewardScore> scores(List<RewardSample> batch) throws RewardException {
        List<RewardScore> scores = new ArrayList<>();
        for (RewardAnswer answer : ask(batch, true)) {
            scores.add(answer.score());
        }
        return scores;
    }

    /** What each sample came to; a fault of one request leaves the others as they are. */
    List<RewardAnswer> answers(List<RewardSample> batch) {
        try {
            return ask(batch, false);
        } catch (RewardException interrupted) {
            return batch.stream()
                    .map(sample -> RewardAnswer.failed(interrupted))
                    .toList();
        }
    }

    private List<RewardAnswer> ask(List<RewardSample> batch, boolean all) throws RewardException {
        List<Future<List<RewardAnswer>>> asked = new ArrayList<>();
        List<RewardAnswer> answers = new ArrayList<>();
        try {
            for (int from = 0; from < batch.size() && threads != null; from += size) {
                List<RewardSample> part = part(batch, from);
                asked.add(threads.submit(() -> PartialScoring.answers(part, asker)));
            }
            for (int from = 0; from < batch.size(); from += size) {
                List<RewardAnswer> found = threads == null
                        ? PartialScoring.answers(part(batch, from), asker)
                        : asked.get(from / size).get();
                for (int i = 0; i < found.size(); i++) {
                    RewardAnswer answer = PartialScoring.placed(found.get(i), i, from + i);
                    if (all && answer.isMissing()) {
                        throw answer.fault();
                    }
                    answers.add(answer);
                }
            }
            return answers;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw RewardException.permanent(model, "was interrupted while it scored");
        } catch (ExecutionException e) {
            throw new RewardException(model, "failed with " + e.getCause(), e.getCause());
        } finally {
            asked.forEach(one -> one.cancel(true));
        }
    }

    private List<RewardSample> part(List<RewardSample> batch, int from) {
        return batch.subList(from, Math.min(batch.size(), from + size));
    }

    @Override
    public void close() {
        if (threads != null) {
            threads.shutdownNow();
        }
    }
}
