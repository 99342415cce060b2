package dev.trefoil.verify;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.trefoil.UserError;
import dev.trefoil.family.Family;
import dev.trefoil.verify.CaseOutcome.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Runs golden cases and says how far each quantity is off. */
public final class Verify {

    private static final String CASE = "case.json";
    private static final double NANOS = 1e9;

    private Verify() {}

    /**
     * Checks every case.
     *
     * @param paths case folders, or folders of case folders
     * @param progress told of each case as soon as it is done
     * @throws UserError (config or data) when a path is neither
     */
    public static VerifyReport run(List<Path> paths, Consumer<CaseOutcome> progress) {
        List<Path> folders = new ArrayList<>();
        for (Path path : paths) {
            folders.addAll(cases(path));
        }
        List<CaseOutcome> outcomes = new ArrayList<>();
        for (Path folder : folders) {
            CaseOutcome outcome = check(folder);
            outcomes.add(outcome);
            progress.accept(outcome);
        }
        return new VerifyReport(outcomes);
    }

    private static List<Path> cases(Path path) {
        if (Files.isRegularFile(path.resolve(CASE))) {
            return List.of(path);
        }
        if (path.endsWith(CASE) && Files.isRegularFile(path)) {
            return List.of(path.toAbsolutePath().getParent());
        }
        if (!Files.isDirectory(path)) {
            throw UserError.data(path + ": no such folder; wanted a case (a folder with case.json and data.safetensors)"
                    + " or a folder of cases");
        }
        try (Stream<Path> inside = Files.list(path)) {
            List<Path> found = inside.filter(folder -> Files.isRegularFile(folder.resolve(CASE)))
                    .sorted()
                    .toList();
            if (found.isEmpty()) {
                throw UserError.data(path + ": found no case; wanted a folder with case.json and data.safetensors, or"
                        + " a folder of such folders");
            }
            return found;
        } catch (IOException unreadable) {
            throw UserError.data(path + ": cannot be listed: " + unreadable.getMessage());
        }
    }

    private static CaseOutcome check(Path folder) {
        long start = System.nanoTime();
        String name = folder.toAbsolutePath().normalize().getFileName().toString();
        try (GoldenCase golden = GoldenCase.open(folder)) {
            Optional<CaseKind> kind = CaseKind.of(golden);
            if (kind.isEmpty()) {
                return CaseOutcome.skipped(folder, name, golden.what(), "a kind of case that is not known here");
            }
            Optional<String> foreign = kind.get().usesModel() ? unsupportedFamily(golden) : Optional.empty();
            if (foreign.isPresent()) {
                return CaseOutcome.skipped(
                        folder, name, golden.what(), "family " + foreign.get() + " not supported yet");
            }
            return check(golden, name, kind.get().check(), start);
        } catch (UserError unreadable) {
            return failed(folder, name, unreadable.getMessage(), start);
        }
    }

    private static CaseOutcome check(GoldenCase golden, String name, CaseCheck check, long start) {
        Deviations deviations = new Deviations(golden);
        String reason = "";
        try {
            check.check(golden, deviations);
        } catch (UserError fault) {
            reason = fault.getMessage();
        } catch (RuntimeException fault) {
            // One damaged case, a mask of another length say, must not end the others.
            reason = fault.getClass().getSimpleName() + ": " + fault.getMessage();
        }
        boolean ok = reason.isEmpty() && deviations.ok();
        if (reason.isEmpty() && deviations.all().isEmpty()) {
            reason = "nothing in it could be compared";
        }
        return new CaseOutcome(
                name,
                golden.folder(),
                golden.what(),
                ok ? Status.PASSED : Status.FAILED,
                reason,
                deviations.all(),
                deviations.unchecked(),
                (System.nanoTime() - start) / NANOS);
    }

    private static CaseOutcome failed(Path folder, String name, String reason, long start) {
        double seconds = (System.nanoTime() - start) / NANOS;
        return new CaseOutcome(name, folder, "", Status.FAILED, reason, List.of(), List.of(), seconds);
    }

    /** The {@code model_type} of the case's checkpoint, if it is none of those that can be prepared. */
    private static Optional<String> unsupportedFamily(GoldenCase golden) {
        Path config = GoldenBase.modelOf(golden).resolve("config.json");
        try {
            JsonNode type = new ObjectMapper().readTree(config.toFile()).path("model_type");
            return isSupported(type.asText()) ? Optional.empty() : Optional.of(type.asText("without a name"));
        } catch (IOException unreadable) {
            throw UserError.data(config.toAbsolutePath().normalize()
                    + ": cannot be read, but the case is about this checkpoint; keep the folders that its case.json"
                    + " names where it says: "
                    + unreadable.getClass().getSimpleName().toLowerCase(Locale.ROOT));
        }
    }

    private static boolean isSupported(String modelType) {
        try {
            Family.of(modelType);
            return true;
        } catch (UserError unknown) {
            return false;
        }
    }
}
