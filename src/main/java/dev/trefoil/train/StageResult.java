package dev.trefoil.train;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a stage leaves.
 *
 * @param artifact the sealed folder
 * @param metrics the numbers that sum the stage up, by their names in the glossary
 * @param summaryLines the same for people
 */
public record StageResult(Path artifact, Map<String, Double> metrics, List<String> summaryLines) {

    public StageResult {
        metrics = Collections.unmodifiableMap(new LinkedHashMap<>(metrics));
        summaryLines = List.copyOf(summaryLines);
    }
}
