package dev.trefoil.train;

import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import dev.trefoil.artifact.AtomicFiles;
import dev.trefoil.optim.Parameters;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The checkpoints of a run: folders step-N with all that a run needs to go on to the same bytes, and best-N with the weights of the
 * best step. A folder is there completely or not at all.
 */
public final class Checkpoints {

    private static final String STEP = "step-";
    private static final String BEST = "best-";
    private static final String PARTIAL = ".partial";
    private static final String DELETED = ".deleted";

    private final Path folder;
    private final int keep;
    private final String fingerprint;
    private final List<Parameters> parameters;

    private Checkpoints(Path folder, int keep, String fingerprint, List<Parameters> parameters) {
        this.folder = folder;
        this.keep = keep;
        this.fingerprint = fingerprint;
        this.parameters = parameters;
    }

    /**
     * The checkpoints of one run.
     *
     * @param keep newest step folders that stay
     * @param fingerprint of everything that decides the run (configuration, base, inputs): a checkpoint of another one is refused
     * @param parameters that are written and restored
     */
    public static Checkpoints in(Path folder, int keep, String fingerprint, List<Parameters> parameters) {
        return new Checkpoints(folder, keep, fingerprint, List.copyOf(parameters));
    }

    /**
     * Writes a checkpoint after a step and deletes those that are no longer needed.
     *
     * @param state what the loop itself needs to go on
     */
    public void save(LoopState state, Optimisation optimisation) {
        write(STEP + state.step(), partial -> {
            CheckpointFiles.writeParameters(partial, parameters);
            CheckpointFiles.writeOptimiser(partial, optimisation.state());
            CheckpointFiles.writeState(partial, fingerprint, state, optimisation.counters());
        });
        TreeMap<Long, Path> steps = folders(STEP);
        while (steps.size() > keep) {
            delete(steps.pollFirstEntry().getValue());
        }
        long oldestNeeded =
                CheckpointFiles.readState(steps.firstEntry().getValue()).loop().bestStep();
        TreeMap<Long, Path> best = folders(BEST);
        best.keySet().removeIf(step -> step >= oldestNeeded);
        best.values().forEach(Checkpoints::delete);
    }

    /** Keeps the present weights as the best. */
    public void saveBest(long step) {
        write(BEST + step, partial -> CheckpointFiles.writeParameters(partial, parameters));
    }

    /** Replaces the weights by those that {@link #saveBest} kept at a step. */
    public void restoreBest(long step) {
        CheckpointFiles.readParameters(folder.resolve(BEST + step), parameters);
    }

    /**
     * Goes on at the newest checkpoint: weights and optimiser are as they were then.
     *
     * @return the loop's state, or empty when there is no checkpoint
     * @throws UserError if the checkpoint is damaged or belongs to another configuration
     */
    public Optional<LoopState> restore(Optimisation optimisation) {
        TreeMap<Long, Path> steps = folders(STEP);
        if (steps.isEmpty()) {
            return Optional.empty();
        }
        deleteLeftovers();
        Path newest = steps.lastEntry().getValue();
        CheckpointFiles.State state = CheckpointFiles.readState(newest);
        if (!state.fingerprint().equals(fingerprint)) {
            throw new UserError(
                    ExitCode.CONTRACT,
                    newest + ": was written with another configuration, base or input than this run has; give the same "
                            + "ones, or start anew with --restart");
        }
        CheckpointFiles.readParameters(newest, parameters);
        try {
            optimisation.restore(state.counters(), CheckpointFiles.readOptimiser(newest, state.optimiserSteps()));
        } catch (IllegalArgumentException damaged) {
            throw new UserError(
                    ExitCode.CONFIG_OR_DATA,
                    newest + ": the optimiser's state does not fit: " + damaged.getMessage()
                            + "; delete this checkpoint to go on at the one before it",
                    damaged);
        }
        return Optional.of(state.loop());
    }

    private void deleteLeftovers() {
        try (Stream<Path> children = Files.list(folder)) {
            for (Path child : (Iterable<Path>) children::iterator) {
                if (child.getFileName().toString().endsWith(PARTIAL)) {
                    AtomicFiles.deleteTree(child);
                }
            }
        } catch (IOException failed) {
            throw new UserError(
                    ExitCode.CONFIG_OR_DATA, folder + ": cannot be cleaned: " + failed.getMessage(), failed);
        }
    }

    /** Writes the files of a folder. */
    @FunctionalInterface
    private interface Content {
        void writeTo(Path folder) throws IOException;
    }

    private void write(String name, Content content) {
        Path target = folder.resolve(name);
        Path partial = folder.resolve(name + PARTIAL);
        try {
            Files.createDirectories(folder);
            AtomicFiles.deleteTree(partial);
            Files.createDirectory(partial);
            content.writeTo(partial);
            delete(target);
            AtomicFiles.move(partial, target);
        } catch (IOException failed) {
            discard(partial);
            throw UserError.unwritable(target + ": the checkpoint", failed);
        }
    }

    /** Steps of the newest checkpoint in a folder. */
    static OptionalLong newest(Path folder) {
        TreeMap<Long, Path> steps = folders(folder, STEP);
        return steps.isEmpty() ? OptionalLong.empty() : OptionalLong.of(steps.lastKey());
    }

    private TreeMap<Long, Path> folders(String prefix) {
        return folders(folder, prefix);
    }

    private static TreeMap<Long, Path> folders(Path folder, String prefix) {
        TreeMap<Long, Path> found = new TreeMap<>(Comparator.naturalOrder());
        if (!Files.isDirectory(folder)) {
            return found;
        }
        try (Stream<Path> children = Files.list(folder)) {
            for (Path child : (Iterable<Path>) children::iterator) {
                String name = child.getFileName().toString();
                if (name.matches(prefix + "\\d{1,18}")) {
                    found.put(Long.parseLong(name.substring(prefix.length())), child);
                }
            }
        } catch (IOException failed) {
            throw new UserError(ExitCode.CONFIG_OR_DATA, folder + ": cannot be read: " + failed.getMessage(), failed);
        }
        return found;
    }

    /** A full disk has room again for what is smaller. */
    private static void discard(Path partial) {
        try {
            AtomicFiles.deleteTree(partial);
        } catch (IOException ignored) {
            // The fault that led here is the one to report; the next run deletes it.
        }
    }

    /** Renamed first: whoever is killed while files are deleted leaves no half checkpoint. */
    private static void delete(Path folder) {
        if (!Files.exists(folder)) {
            return;
        }
        Path partial = folder.resolveSibling(folder.getFileName() + DELETED + PARTIAL);
        try {
            AtomicFiles.deleteTree(partial);
            AtomicFiles.move(folder, partial);
            AtomicFiles.deleteTree(partial);
        } catch (IOException failed) {
            throw new UserError(
                    ExitCode.FAILED, folder + ": an old checkpoint cannot be deleted: " + failed.getMessage(), failed);
        }
    }
}
