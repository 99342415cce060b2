package dev.trefoil.verify;

import java.nio.file.Path;
import java.util.List;

/**
 * What became of one case.
 *
 * @param name of its folder
 * @param what the case is, in its own words
 * @param reason why it was skipped or could not be computed; empty otherwise
 * @param deviations what was compared, in order
 * @param unchecked expected tensors that nothing was compared with
 * @param seconds it took
 */
public record CaseOutcome(
        String name,
        Path folder,
        String what,
        Status status,
        String reason,
        List<Deviation> deviations,
        List<String> unchecked,
        double seconds) {

    /** Skipped cases neither pass nor fail. */
    public enum Status {
        PASSED,
        FAILED,
        SKIPPED
    }

    public CaseOutcome {
        deviations = List.copyOf(deviations);
        unchecked = List.copyOf(unchecked);
    }

    static CaseOutcome skipped(Path folder, String name, String what, String reason) {
        return new CaseOutcome(name, folder, what, Status.SKIPPED, reason, List.of(), List.of(), 0);
    }

    /** Quantities that are over their tolerance or could not be computed. */
    public long over() {
        return deviations.stream().filter(deviation -> !deviation.ok()).count();
    }

    /** How near the worst quantity is to its tolerance: 1 is at it. */
    public double worst() {
        return deviations.stream().mapToDouble(Deviation::ofTolerance).max().orElse(0);
    }
}
