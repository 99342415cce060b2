package dev.trefoil.reward;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Scores as much of a batch as can be scored, with a model that says of a batch either all or nothing. */
public final class PartialScoring {

    /** Asks for some samples at once. */
    @FunctionalInterface
    public interface Asker {

        /**
         * @return one answer per sample, in order
         * @throws RewardException when nothing is known of any sample; when it names one, the others may be asked again
         */
        List<RewardAnswer> ask(List<RewardSample> samples) throws RewardException;
    }

    private PartialScoring() {}

    /**
     * Asks for the batch; while a fault names a sample, leaves that sample out and asks for the rest, which is sound because a
     * score depends on its sample alone.
     *
     * @return one answer per sample; faults name samples by their place in this batch
     */
    public static List<RewardAnswer> answers(List<RewardSample> batch, Asker asker) {
        RewardAnswer[] found = new RewardAnswer[batch.size()];
        List<Integer> open = new ArrayList<>();
        for (int i = 0; i < found.length; i++) {
            open.add(i);
        }
        while (!open.isEmpty()) {
            try {
                List<RewardAnswer> answers =
                        asker.ask(open.stream().map(batch::get).toList());
                for (int i = 0; i < open.size(); i++) {
                    found[open.get(i)] = placed(answers.get(i), i, open.get(i));
                }
                break;
            } catch (RewardException fault) {
                if (fault.sample() < 0 || fault.sample() >= open.size()) {
                    open.forEach(i -> found[i] = RewardAnswer.failed(fault));
                    break;
                }
                int place = open.remove(fault.sample());
                found[place] = RewardAnswer.failed(fault.at(place));
            }
        }
        return Arrays.asList(found);
    }

    /**
     * The same answer in a larger batch: a fault that blames this very sample names it by its place there.
     *
     * @param asked place of the sample in the batch that was asked
     */
    public static RewardAnswer placed(RewardAnswer answer, int asked, int place) {
        return answer.isMissing() && answer.fault().sample() == asked
                ? new RewardAnswer(null, answer.fault().at(place), answer.dropped())
                : answer;
    }
}
