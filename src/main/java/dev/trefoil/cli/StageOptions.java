package dev.trefoil.cli;

import dev.trefoil.UserError;
import dev.trefoil.artifact.Artifact;
import dev.trefoil.model.SharedBase;
import dev.trefoil.pipeline.StageExecution;
import dev.trefoil.pipeline.StageKind;
import dev.trefoil.train.ProcessMemory;
import dev.trefoil.train.RunFolder;
import dev.trefoil.train.StageContext;
import dev.trefoil.train.StageResult;
import dev.trefoil.train.StopSignal;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What the commands sft, reward and ppo share: arguments, and running one stage by itself. */
final class StageOptions {

    @Parameters(paramLabel = "FILE.yaml", description = "The stage's file.")
    private Path file;

    @Option(names = "--base", paramLabel = "DIR", description = "Base store, in place of the file's.")
    private Path base;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "Folder that is sealed as the stage's artifact (runs/NAME-OF-FOLDER/STAGE).")
    private Path out;

    @Option(names = "--resume", description = "Go on at the newest checkpoint of an interrupted run.")
    private boolean resume;

    @Option(names = "--restart", description = "Delete the checkpoints of an interrupted run and begin anew.")
    private boolean restart;

    @Mixin
    private SettingOptions settings;

    @Mixin
    private ReportToOption reportTo;

    @Mixin
    private JsonOption json;

    int run(StageKind kind, CommandSpec spec) {
        InputPath.file(file, "a file of the " + kind.key() + " stage");
        StageKind.Loaded stage = kind.load(file, settings.all());
        Path folder = out == null ? defaultOut(kind) : out;
        if (Artifact.exists(folder) && !resume && out == null) {
            throw UserError.data(
                    folder + ": is finished already; name another folder with --out, or this one to replace it");
        }
        RunFolder run = new RunFolder(folder);
        if (resume && run.isOver()) {
            run.discardWork();
            print(over(folder), spec.commandLine().getOut());
            return 0;
        }
        if (!resume && !restart) {
            run.requireNothingToLose();
        }
        StopSignal stop = ((Trefoil) spec.root().userObject()).stop();
        StageContext context = StageContext.of(run, System.err, resume)
                .withReportTo(reportTo.wanted())
                .withStop(stop);
        Path store = base(stage);
        try (SharedBase shared = SharedBase.open(store, stage.engine(store))) {
            StageExecution.Origin origin = new StageExecution.Origin(CommandText.of(spec), null);
            print(
                    StageExecution.run(stage, context, shared, origin).result(),
                    spec.commandLine().getOut());
        }
        return 0;
    }

    /** What --resume finds where nothing is left to do; its numbers stand in metrics.jsonl. */
    private static StageResult over(Path folder) {
        Artifact.open(folder);
        return new StageResult(
                folder,
                Map.of(),
                List.of("finished before, nothing to go on with; without --resume it is trained anew and replaced"));
    }

    private Path base(StageKind.Loaded stage) {
        Path found = base != null ? base : stage.base();
        if (found == null) {
            throw UserError.data(file + " base: is missing, and there is no --base; name the folder of a base store"
                    + " (trefoil prepare makes one)");
        }
        return InputPath.folder(found, "a base store (trefoil prepare makes one)");
    }

    /** The file's folder names the run: pipelines/NAME/sft.yaml goes to runs/NAME/sft. */
    private Path defaultOut(StageKind kind) {
        Path folder = file.toAbsolutePath().normalize().getParent();
        Path name = folder == null || folder.getFileName() == null ? Path.of("run") : folder.getFileName();
        return Path.of("runs").resolve(name).resolve(kind.key());
    }

    private void print(StageResult result, PrintWriter to) {
        ProcessMemory memory = ProcessMemory.now();
        if (json.wanted()) {
            Map<String, Object> object = new LinkedHashMap<>();
            object.put("artifact", result.artifact().toString());
            object.put("metrics", result.metrics());
            object.put("peak_resident_bytes", memory.peak());
            to.println(JsonOption.line(object));
        } else {
            result.summaryLines().forEach(to::println);
            to.println("memory: " + memory.describe());
            to.println("artifact: " + result.artifact());
        }
        to.flush();
    }
}
