package dev.trefoil.report.page;

import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import dev.trefoil.artifact.AtomicFiles;
import dev.trefoil.artifact.Manifest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Function;

/**
 * The report of one run: what it cost, what it reached, what it wrote, how to do it again. One file that needs no network and runs no
 * script; the same run gives the same bytes in the same folder. It names no folder of the machine outside of the project's.
 */
public final class RunPage {

    /** The file's name in the folder of a run. */
    public static final String FILE_NAME = "report.html";

    private static final String TEMPLATE = "run.html";

    /** What the template takes. */
    private record Model(
            String title,
            String about,
            List<StageView> stages,
            List<CheckView> checks,
            String published,
            List<PublishedTable.Row> rows,
            List<String> commands) {}

    /** A check as the template takes it. */
    record CheckView(String name, String outcome, String mark, String found, String wanted) {

        static CheckView of(Check check) {
            String mark =
                    switch (check.outcome()) {
                        case PASSED -> "✓";
                        case FAILED -> "✗";
                        case NOT_ASKED -> "–";
                    };
            String outcome = check.outcome().name().toLowerCase(Locale.ROOT).replace('_', ' ');
            return new CheckView(check.name(), outcome, mark, check.found(), check.wanted());
        }
    }

    private RunPage() {}

    /** The page of a run. */
    public static String html(RunFiles run) {
        PortablePaths paths =
                PortablePaths.of(run.folder(), Path.of("").toAbsolutePath(), System.getProperty("user.home"));
        List<StageView> stages = run.stages().stream()
                .map(stage -> StageView.of(stage, run, paths))
                .toList();
        return PageTemplate.fill(
                TEMPLATE,
                new Model(
                        run.name(),
                        about(run),
                        stages,
                        run.checks().stream().map(CheckView::of).toList(),
                        run.published() == null ? "" : run.published().source(),
                        rows(run),
                        facts(run, StageFacts::command).stream().map(paths::in).toList()));
    }

    /**
     * Writes the page of a run.
     *
     * @param folder of a run or of one stage
     * @param file or null for report.html in the folder
     * @return the file
     */
    public static Path write(Path folder, Path file) {
        Path to = file == null ? folder.resolve(FILE_NAME) : file;
        save(to, html(RunFiles.read(folder)));
        return to;
    }

    static void save(Path file, String html) {
        try {
            Path parent = file.toAbsolutePath().getParent();
            if (parent != null) {
                Files.createDirectories(parent);
            }
            AtomicFiles.write(file, html);
        } catch (IOException failed) {
            throw new UserError(
                    ExitCode.FAILED,
                    file + ": cannot be written: " + failed.getMessage() + "; choose another place with --out",
                    failed);
        }
    }

    private static List<PublishedTable.Row> rows(RunFiles run) {
        if (run.published() == null) {
            return List.of();
        }
        Figures figures = Figures.of(run);
        List<PublishedTable.Row> rows = new ArrayList<>();
        for (PublishedTable.Row row : run.published().rows()) {
            rows.add(new PublishedTable.Row(
                    row.what(), row.published(), figures.fill(row.ours()), figures.fill(row.why())));
        }
        return rows;
    }

    /** Base, scale, version and machine in one line, as far as they are known. */
    private static String about(RunFiles run) {
        List<String> parts = new ArrayList<>();
        facts(run, StageFacts::base).forEach(base -> parts.add("base " + base));
        facts(run, StageFacts::scale).forEach(scale -> parts.add("scale " + scale));
        run.stages().stream()
                .map(StageRun::manifest)
                .filter(Objects::nonNull)
                .map(Manifest::version)
                .distinct()
                .forEach(version -> parts.add("Trefoil " + version));
        parts.addAll(facts(run, StageFacts::machine));
        return String.join(" · ", parts);
    }

    /** What the stages that have facts say, without repetition. */
    private static List<String> facts(RunFiles run, Function<StageFacts, String> of) {
        return run.stages().stream()
                .map(StageRun::facts)
                .filter(Objects::nonNull)
                .map(of)
                .filter(Objects::nonNull)
                .distinct()
                .toList();
    }
}
