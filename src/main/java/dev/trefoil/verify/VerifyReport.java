package dev.trefoil.verify;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trefoil.ExitCode;
import dev.trefoil.verify.CaseOutcome.Status;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** The outcomes of all cases. */
public record VerifyReport(List<CaseOutcome> outcomes) {

    public VerifyReport {
        outcomes = List.copyOf(outcomes);
    }

    private long count(Status status) {
        return outcomes.stream().filter(outcome -> outcome.status() == status).count();
    }

    /** Whether at least one case was checked and none failed. */
    public boolean ok() {
        return count(Status.FAILED) == 0 && count(Status.PASSED) > 0;
    }

    /** DONE, or FAILED when a check failed or nothing could be checked. */
    public ExitCode exitCode() {
        return ok() ? ExitCode.DONE : ExitCode.FAILED;
    }

    /** One line, and one more with the names of what failed. */
    public String summary() {
        long skipped = count(Status.SKIPPED);
        StringBuilder text = new StringBuilder();
        text.append(outcomes.size()).append(outcomes.size() == 1 ? " case: " : " cases: ");
        text.append(count(Status.PASSED)).append(" passed, ");
        text.append(count(Status.FAILED)).append(" failed");
        text.append(skipped > 0 ? ", " + skipped + " skipped" : "");
        if (count(Status.FAILED) > 0) {
            text.append("\nfailed: ")
                    .append(outcomes.stream()
                            .filter(outcome -> outcome.status() == Status.FAILED)
                            .map(CaseOutcome::name)
                            .collect(Collectors.joining(", ")));
        } else if (!ok()) {
            text.append("\nnothing could be checked");
        }
        return text.toString();
    }

    /** Everything as one JSON object. An infinite error (no number, or another shape) is null. */
    public ObjectNode json() {
        ObjectNode root = new ObjectMapper().createObjectNode();
        root.put("ok", ok());
        root.put("passed", count(Status.PASSED));
        root.put("failed", count(Status.FAILED));
        root.put("skipped", count(Status.SKIPPED));
        ArrayNode cases = root.putArray("cases");
        outcomes.forEach(outcome -> add(cases.addObject(), outcome));
        return root;
    }

    private static void add(ObjectNode node, CaseOutcome outcome) {
        node.put("name", outcome.name());
        node.put("folder", outcome.folder().toString());
        node.put("what", outcome.what());
        node.put("status", outcome.status().name().toLowerCase(Locale.ROOT));
        node.put("reason", outcome.reason());
        node.put("seconds", outcome.seconds());
        ArrayNode quantities = node.putArray("quantities");
        for (Deviation deviation : outcome.deviations()) {
            ObjectNode entry = quantities.addObject();
            entry.put("name", deviation.quantity());
            entry.put("numbers", deviation.compared());
            entry.put("largest_error", finite(deviation.largest()));
            entry.put("of_tolerance", finite(deviation.ofTolerance()));
            entry.put("tolerance", deviation.tolerance());
            entry.put("ok", deviation.ok());
            entry.put("remark", deviation.remark());
        }
        ArrayNode unchecked = node.putArray("unchecked");
        outcome.unchecked().forEach(unchecked::add);
    }

    private static Double finite(double number) {
        return Double.isFinite(number) ? number : null;
    }
}
