package dev.trefoil.stage.ppo;

import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import dev.trefoil.reward.RewardAnswer;
import dev.trefoil.reward.RewardModel;
import dev.trefoil.reward.RewardSample;
import dev.trefoil.reward.RewardScore;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Asks a reward model and turns its faults into messages. */
record Judge(RewardModel model) implements AutoCloseable {

    /** Named parts of which a mean is logged; a model with more would flood the log. */
    private static final int MOST_PARTS = 16;

    /** Dropped samples whose reasons are shown. */
    private static final int SHOWN_FAULTS = 3;

    /**
     * What a batch of B samples came to, of which K have a score.
     *
     * @param answers [B]
     * @param kept [K] places of the samples that have a score; the others are dropped
     * @param scores [K]
     * @param tokenScores null when no response has token scores; else [K], null where a response has none
     * @param events what happened meanwhile, by name: failures, retries, restarts, cache_hits
     */
    record Verdict(
            List<RewardAnswer> answers,
            int[] kept,
            double[] scores,
            List<double[]> tokenScores,
            Map<String, Long> events) {

        int dropped() {
            return answers.size() - kept.length;
        }

        /** Score of a sample of the batch, NaN if it was dropped. */
        double score(int sample) {
            RewardAnswer answer = answers.get(sample);
            return answer.isMissing() ? Double.NaN : answer.score().score();
        }

        /** Named parts of a sample of the batch; none if it was dropped. */
        Map<String, Double> parts(int sample) {
            RewardAnswer answer = answers.get(sample);
            return answer.isMissing() ? Map.of() : answer.score().parts();
        }

        /** Metrics of the judging itself: means of named parts, dropped samples, events. */
        Map<String, Double> metrics() {
            Map<String, Double> metrics = new LinkedHashMap<>();
            Map<String, double[]> sums = new TreeMap<>();
            for (int place : kept) {
                parts(place).forEach((name, value) -> {
                    if (sums.size() < MOST_PARTS || sums.containsKey(name)) {
                        double[] sum = sums.computeIfAbsent(name, fresh -> new double[2]);
                        sum[0] += value;
                        sum[1]++;
                    }
                });
            }
            sums.forEach((name, sum) -> metrics.put("env/reward/" + name + "_mean", sum[0] / sum[1]));
            metrics.put("env/reward_dropped", (double) dropped());
            events.forEach((name, count) -> metrics.put("env/reward_" + name, (double) count));
            return metrics;
        }

        /** One line about the samples that were dropped and why; empty when there are none. */
        String describeDropped() {
            if (dropped() == 0) {
                return "";
            }
            List<String> reasons = answers.stream()
                    .filter(RewardAnswer::isMissing)
                    .map(answer -> answer.fault().getMessage())
                    .distinct()
                    .toList();
            String shown = String.join("; ", reasons.subList(0, Math.min(SHOWN_FAULTS, reasons.size())));
            int more = reasons.size() - SHOWN_FAULTS;
            return dropped() + " of " + answers.size() + " samples dropped, without a score: " + shown
                    + (more > 0 ? "; and " + more + " other reasons" : "");
        }
    }

    /** One that scores everything 0, where only the other parts are looked at. */
    static Judge none() {
        return new Judge(new RewardModel() {

            @Override
            public String name() {
                return "none";
            }

            @Override
            public List<RewardScore> score(List<RewardSample> batch) {
                return batch.stream().map(sample -> RewardScore.of(0)).toList();
            }
        });
    }

    /** @throws UserError (failed) when a sample has no score and the model's policy does not drop it */
    Verdict judge(List<RewardSample> samples) {
        Map<String, Long> before = model.counts();
        List<RewardAnswer> answers = RewardModel.judged(model, samples);
        answers.stream()
                .filter(answer -> answer.isMissing() && !answer.dropped())
                .findFirst()
                .ifPresent(answer -> {
                    throw new UserError(
                            ExitCode.FAILED,
                            answer.fault().getMessage()
                                    + "; mend the reward model, then go on with --resume; or let its reward.yaml say"
                                    + " on_failure: retry or drop",
                            answer.fault());
                });
        List<Integer> kept = new ArrayList<>();
        List<double[]> perToken = new ArrayList<>();
        for (int i = 0; i < answers.size(); i++) {
            if (!answers.get(i).isMissing()) {
                kept.add(i);
                perToken.add(answers.get(i).score().tokenScores());
            }
        }
        boolean any = perToken.stream().anyMatch(tokens -> tokens != null);
        return new Verdict(
                answers,
                kept.stream().mapToInt(Integer::intValue).toArray(),
                kept.stream().mapToDouble(i -> answers.get(i).score().score()).toArray(),
                any ? perToken : null,
                since(before));
    }

    private Map<String, Long> since(Map<String, Long> before) {
        Map<String, Long> events = new TreeMap<>();
        model.counts().forEach((name, count) -> events.put(name, count - before.getOrDefault(name, 0L)));
        return events;
    }

    /** The same for texts that are not trained on: a running mean inside the model stays as it was. */
    Verdict look(List<RewardSample> samples) {
        Map<String, Double> state = model.state();
        try {
            return judge(samples);
        } finally {
            model.restore(state);
        }
    }

    @Override
    public void close() {
        model.close();
    }
}
