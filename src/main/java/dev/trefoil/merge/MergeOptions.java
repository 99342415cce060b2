package dev.trefoil.merge;

import dev.trefoil.UserError;
import java.nio.file.Path;
import java.util.List;

/**
 * What to merge.
 *
 * @param source folder of the published model
 * @param adapters artifacts of stages or folders of PEFT files, in the order of training
 * @param base the base store that the adapters were trained on, to be compared with the source; null for no comparison
 * @param out folder to make
 * @param shardBytes size of one weight file at most, unless a single tensor is larger
 * @param text what logits are compared on
 * @param check whether logits are compared, which takes the disk space of the model twice for as long
 */
public record MergeOptions(
        Path source, List<Path> adapters, Path base, Path out, long shardBytes, String text, boolean check) {

    /** What transformers writes at most into one file. */
    public static final long SHARD_BYTES = 5_000_000_000L;

    /** Some words of several kinds: prose, numbers, code. */
    public static final String TEXT =
            "The film begins slowly, and for half an hour nothing happens that we have not seen before. Then, at 12:45,"
                    + " the phone rings. \"Who is it?\" she asks; for (int i = 0; i < 3; i++) nobody answers.";

    public MergeOptions {
        adapters = List.copyOf(adapters);
        if (adapters.isEmpty()) {
            throw UserError.data("adapters: none given, wanted at least one folder to merge");
        }
        if (shardBytes < 1) {
            throw UserError.data("shard size: found " + shardBytes + " bytes, wanted more");
        }
    }
}
