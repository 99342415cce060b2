package dev.trefoil.merge;

import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import dev.trefoil.artifact.AtomicFolder;
import dev.trefoil.prepare.PrepareProgress;
import dev.trefoil.prepare.PublishedCheckpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Adds adapters to a published model and writes it as a Hugging Face folder of its own: the weights in the source's number format, a
 * sequence classifier with its score head, everything else as published.
 */
public final class Merge {

    /** Room for the files beside the weights. */
    private static final long SPARE_BYTES = 64L << 20;

    private Merge() {}

    /**
     * Merges.
     *
     * @throws UserError when {@code out} exists, an adapter does not fit, or the disk is too small; nothing is left behind then
     */
    public static MergeResult run(MergeOptions options, PrepareProgress progress) {
        Path out = options.out();
        try (AtomicFolder folder = AtomicFolder.begin(out);
                PublishedCheckpoint source = PublishedCheckpoint.open(options.source())) {
            Adapters adapters = Adapters.read(options.adapters(), source, options.base());
            MergedFiles files = new MergedFiles(source, adapters);
            requireSpace(folder.folder(), out, files.totalBytes(), options.check());
            List<String> written = files.write(
                    folder.folder(), options.shardBytes(), (done, total) -> progress.update("merging", done, total));
            MergedConfig.write(source, adapters, folder.folder());
            Optional<LogitGap> gap = options.check()
                    ? Optional.of(compare(new GapCheck(source, adapters, options), folder.folder(), progress))
                    : Optional.empty();
            folder.finish();
            return new MergeResult(
                    out,
                    written,
                    files.totalBytes(),
                    files.merged(),
                    adapters.score().isPresent(),
                    gap);
        } catch (IOException failed) {
            throw new UserError(ExitCode.FAILED, out + ": cannot be written: " + failed.getMessage(), failed);
        }
    }

    /** The stores of the comparison lie on the same disk as the result and are gone afterwards. */
    private static LogitGap compare(GapCheck check, Path merged, PrepareProgress progress) throws IOException {
        try (AtomicFolder scratch = AtomicFolder.begin(merged.resolveSibling(merged.getFileName() + ".check"))) {
            return check.compare(merged, scratch.folder(), progress);
        }
    }

    private static void requireSpace(Path folder, Path out, long bytes, boolean check) throws IOException {
        long free = Files.getFileStore(folder).getUsableSpace();
        // Each store of the comparison may be float32 beside 16-bit weights.
        long wanted = bytes * (check ? 5 : 1) + SPARE_BYTES;
        if (free < wanted) {
            throw UserError.data(out + ": found " + (free >> 20) + " MiB free there, wanted " + (wanted >> 20)
                    + " MiB; free some space, choose another --out"
                    + (check ? ", or leave out the comparison of logits with --no-check" : ""));
        }
    }
}
