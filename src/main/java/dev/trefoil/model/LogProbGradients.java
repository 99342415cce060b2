package dev.trefoil.model;

import dev.trefoil.kernel.KernelArray;
import dev.trefoil.kernel.KernelScope;
import java.util.List;

/**
 * Log-probabilities of tokens together with their gradients with respect to the hidden states, for losses whose gradient is only known when
 * the log-probabilities are: logits are computed once. To be closed when the gradient has been added.
 */
public final class LogProbGradients implements AutoCloseable {

    /** Gradient rows [to - from, hidden] of the labels from .. to. */
    record Part(int from, int to, KernelScope scope, KernelArray rows) {}

    private final int[] at;
    private final int[] targets;
    private final TokenLogProbs found;
    private final List<Part> parts;

    LogProbGradients(int[] at, int[] targets, TokenLogProbs found, List<Part> parts) {
        this.at = at;
        this.targets = targets;
        this.found = found;
        this.parts = parts;
    }

    public TokenLogProbs found() {
        return found;
    }

    int[] at() {
        return at;
    }

    int[] targets() {
        return targets;
    }

    List<Part> parts() {
        return parts;
    }

    @Override
    public void close() {
        parts.forEach(part -> part.scope().close());
    }
}
