package dev.trefoil.reward.builtin;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.trefoil.artifact.Hashes;
import dev.trefoil.reward.PartialScoring;
import dev.trefoil.reward.RewardAnswer;
import dev.trefoil.reward.RewardModel;
import dev.trefoil.reward.RewardSample;
import dev.trefoil.reward.RewardScore;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Remembers the scores of another model by a hash of prompt, response and metadata; the longest unused are forgotten first. The
 * same sample twice in a batch is asked once. Faults are not remembered.
 */
final class CachedReward implements ComposedReward {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final String name;
    private final RewardModel model;
    private final Map<String, RewardScore> known;
    private long hits;

    CachedReward(String name, RewardModel model, int entries) {
        this.name = name;
        this.model = model;
        this.known = new LinkedHashMap<>(16, 0.75f, true) {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<String, RewardScore> eldest) {
                return size() > entries;
            }
        };
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public List<RewardAnswer> answers(List<RewardSample> batch) {
        List<String> keys = batch.stream().map(CachedReward::key).toList();
        Map<String, RewardAnswer> answers = new LinkedHashMap<>();
        Map<String, Integer> unknown = new LinkedHashMap<>();
        for (int i = 0; i < keys.size(); i++) {
            RewardScore score = known.get(keys.get(i));
            if (score != null) {
                answers.put(keys.get(i), RewardAnswer.of(score));
            } else {
                unknown.putIfAbsent(keys.get(i), i);
            }
        }
        hits += batch.size() - unknown.size();
        List<String> asked = List.copyOf(unknown.keySet());
        List<RewardAnswer> found = RewardModel.judged(
                model, asked.stream().map(key -> batch.get(unknown.get(key))).toList());
        for (int i = 0; i < asked.size(); i++) {
            RewardAnswer answer = found.get(i);
            answers.put(asked.get(i), PartialScoring.placed(answer, i, unknown.get(asked.get(i))));
            if (!answer.isMissing()) {
                known.put(asked.get(i), answer.score());
            }
        }
        List<RewardAnswer> inOrder = new ArrayList<>();
        keys.forEach(key -> inOrder.add(answers.get(key)));
        return inOrder;
    }

    private static String key(RewardSample sample) {
        try {
            return Hashes.sha256(
                    JSON.writeValueAsString(List.of(sample.prompt(), sample.response(), sample.metadata())));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("metadata that is no JSON: " + e.getOriginalMessage(), e);
        }
    }

    /** Those of the model, and {@code cache_hits}. */
    @Override
    public Map<String, Long> counts() {
        Map<String, Long> counts = new LinkedHashMap<>(model.counts());
        counts.merge("cache_hits", hits, Long::sum);
        return counts;
    }

    @Override
    public void close() {
        model.close();
    }
}
