package dev.trefoil.doctor;

import java.util.Map;
import java.util.Optional;

/** A rule that watches the metrics of a run. It depends on them alone, so a resumed run brings it to its state by reading them again. */
public interface LiveRule extends Rule {

    /**
     * Looks at one step.
     *
     * @param metrics by their names in the glossary; what a stage does not log is absent
     * @return what was found and what is wanted, in one sentence; empty when all is well
     */
    Optional<String> observe(Map<String, Double> metrics);
}
