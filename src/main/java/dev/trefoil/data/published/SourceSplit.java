package dev.trefoil.data.published;

import dev.trefoil.data.SeededSplit;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What is for training and what for testing.
 *
 * @param train files or folders to read
 * @param test files that are for testing alone; may be empty
 * @param testShare share of the training sources' keys that goes to testing instead, from 0 to below 1
 * @param stages stage to its share of the training keys, so that no two stages see the same; empty when each sees all
 * @param seed of both
 */
public record SourceSplit(List<Path> train, List<Path> test, double testShare, Map<String, Double> stages, long seed) {

    /** Stages that share keys out, by the names of their files. */
    public static final List<String> STAGES = List.of(StageFiles.SFT, StageFiles.REWARD, StageFiles.PROMPTS);

    private static final String TEST = "test";
    private static final String TRAIN = "train";

    public SourceSplit {
        train = List.copyOf(train);
        test = List.copyOf(test);
        stages = new LinkedHashMap<>(stages);
        if (!(testShare >= 0 && testShare < 1)) {
            throw new IllegalArgumentException("test share: must be from 0 to below 1, was " + testShare);
        }
        for (String stage : stages.keySet()) {
            if (!STAGES.contains(stage)) {
                throw new IllegalArgumentException("shares: must be of " + STAGES + ", was " + stage);
            }
        }
        if (!stages.isEmpty()) {
            new SeededSplit(seed, stages);
        }
    }

    /** For the summary; file names only, so that the same data in another place gives the same bytes. */
    Map<String, Object> describe() {
        Map<String, Object> described = new LinkedHashMap<>();
        described.put("train", names(train));
        described.put("test", names(test));
        described.put("test_share", testShare);
        described.put("shares", stages);
        described.put("seed", seed);
        return described;
    }

    private static List<String> names(List<Path> sources) {
        return sources.stream().map(source -> source.getFileName().toString()).toList();
    }

    /** Whether a key of a training source is for testing. */
    boolean isTest(String key) {
        if (testShare == 0) {
            return false;
        }
        Map<String, Double> shares = new LinkedHashMap<>();
        shares.put(TEST, testShare);
        shares.put(TRAIN, 1 - testShare);
        return new SeededSplit(seed, shares).part(key).equals(TEST);
    }

    /** Whether a stage trains on a key. */
    boolean trains(String stage, String key) {
        // Another text than the one that decides on testing, so that the two draws are independent.
        return stages.isEmpty()
                || new SeededSplit(seed, stages).part("stage " + key).equals(stage);
    }
}
