package dev.trefoil.merge;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A merged model.
 *
 * @param folder what was made
 * @param files its weight files
 * @param bytes their size
 * @param merged how many tensors an adapter changed
 * @param classifier whether it is a sequence classifier with its score head
 * @param gap the comparison of logits, unless it was left out
 */
public record MergeResult(
        Path folder, List<String> files, long bytes, int merged, boolean classifier, Optional<LogitGap> gap) {

    public MergeResult {
        files = List.copyOf(files);
    }
}
