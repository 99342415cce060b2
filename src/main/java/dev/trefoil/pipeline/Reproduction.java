package dev.trefoil.pipeline;

import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import dev.trefoil.config.ConfigReader;
import dev.trefoil.report.page.Check;
import dev.trefoil.report.page.Figures;
import dev.trefoil.report.page.RunFiles;
import dev.trefoil.report.page.RunPage;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** Does a published recipe again: fetches what is missing, runs the stages, checks what came out, writes the report. */
public final class Reproduction {

    private static final String FILE_NAME = "reproduce.yaml";

    /** What a program that fetches files may know of this one's environment: where programs are, and the way to the hub. */
    private static final Set<String> KEPT = Set.of(
            "PATH",
            "HOME",
            "LANG",
            "TMPDIR",
            "JAVA_HOME",
            "HF_ENDPOINT",
            "HF_HOME",
            "HF_TOKEN",
            "http_proxy",
            "https_proxy",
            "no_proxy",
            "HTTP_PROXY",
            "HTTPS_PROXY",
            "NO_PROXY",
            "CURL_CA_BUNDLE",
            "SSL_CERT_FILE");

    /**
     * What is asked.
     *
     * @param scale of the pipeline, or null for the recipe's
     * @param base another base store, or null
     * @param out folder of the run, or null for runs/reproduce-RECIPE-SCALE
     * @param overrides {@code STAGE.key=value} each
     * @param run how the stages are run
     */
    public record Request(String scale, Path base, Path out, List<String> overrides, PipelineRun.Options run) {}

    /** What came of it. */
    public record Outcome(Path run, Path report, List<Check> checks) {

        public boolean passed() {
            return checks.stream().noneMatch(check -> check.outcome() == Check.Outcome.FAILED);
        }
    }

    private Reproduction() {}

    /**
     * Finds a recipe by its name.
     *
     * @param pipelines folder with a folder for each pipeline
     * @throws UserError when there is none of that name, with those that are there
     */
    public static RecipeConfig find(String name, Path pipelines) {
        List<String> known = new ArrayList<>();
        try (Stream<Path> folders = Files.list(pipelines)) {
            List<Path> files = folders.map(folder -> folder.resolve(FILE_NAME))
                    .filter(Files::isRegularFile)
                    .sorted()
                    .toList();
            for (Path file : files) {
                RecipeConfig recipe = ConfigReader.read(file, RecipeConfig.class);
                if (recipe.recipe().equals(name)) {
                    return recipe;
                }
                known.add(recipe.recipe());
            }
        } catch (IOException unreadable) {
            throw UserError.data(pipelines + ": no folder of pipelines: " + unreadable.getMessage()
                    + "; call it from the project's folder, or name the folder with --pipelines");
        }
        throw new UserError(
                ExitCode.USAGE,
                name + ": no such recipe; " + pipelines + " has " + known + " (a recipe is a folder with " + FILE_NAME
                        + ")");
    }

    /** Prepares, runs, checks and reports. */
    public static Outcome run(RecipeConfig recipe, Request request, PrintStream messages) {
        String scale = request.scale() == null ? recipe.scale() : request.scale();
        List<String> overrides = new ArrayList<>(request.overrides());
        if (request.base() != null) {
            overrides.add("base=" + request.base());
        }
        Path out = request.out() == null
                ? Path.of("runs", "reproduce-" + recipe.recipe() + (scale == null ? "" : "-" + scale))
                : request.out();
        Pipeline pipeline = Pipeline.load(recipe.pipeline(), overrides, scale, out);
        if (request.base() != null && !pipeline.hasBase()) {
            throw UserError.data("--base " + request.base() + ": no base store there; trefoil prepare makes one, and"
                    + " scripts/quickstart makes bases/quickstart");
        }
        for (RecipeConfig.Need need : recipe.needs()) {
            boolean wanted = !need.base() || (request.base() == null && !pipeline.hasBase());
            if (wanted && need.isFor(scale)) {
                fetch(need, messages);
            }
        }
        PipelineRun.run(pipeline, request.run(), messages);
        return judge(out, recipe.asked(scale));
    }

    /** Checks a finished run and writes its report anew, with the checks. */
    private static Outcome judge(Path run, List<CheckKind> asked) {
        List<Check> checks = CheckKind.all(Figures.of(RunFiles.read(run)), asked);
        try {
            Check.write(run, checks);
        } catch (IOException failed) {
            throw new UserError(
                    ExitCode.FAILED, run + ": cannot be written: " + failed.getMessage() + "; free some space", failed);
        }
        return new Outcome(run, RunPage.write(run, null), checks);
    }

    private static void fetch(RecipeConfig.Need need, PrintStream messages) {
        if (need.anyOf().stream().anyMatch(Files::exists)) {
            return;
        }
        if (need.command().isEmpty()) {
            throw UserError.data(need.anyOf().get(0) + ": is missing; " + need.hint());
        }
        String command = String.join(" ", need.command());
        messages.println("fetching " + need.anyOf().get(0) + ": " + command);
        try {
            ProcessBuilder builder = new ProcessBuilder(need.command()).redirectErrorStream(true);
            builder.environment().keySet().retainAll(KEPT);
            Process process = builder.start();
            try (var lines = process.inputReader(StandardCharsets.UTF_8)) {
                lines.lines().forEach(messages::println);
            }
            int code = process.waitFor();
            if (code != 0 || need.anyOf().stream().noneMatch(Files::exists)) {
                throw UserError.data(need.anyOf().get(0) + ": is missing, and '" + command + "' "
                        + (code == 0 ? "did not make it" : "ended with exit code " + code)
                        + "; what it printed is above. "
                        + (need.hint() == null ? "Make it by hand, then run this again" : need.hint()));
            }
        } catch (IOException noProgram) {
            throw UserError.data(need.anyOf().get(0) + ": is missing, and '" + command + "' cannot be started: "
                    + noProgram.getMessage() + "; call it from the project's folder");
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw new UserError(ExitCode.FAILED, command + ": was interrupted");
        }
    }
}
