package dev.trefoil.pipeline;

import dev.trefoil.UserError;
import dev.trefoil.config.ConfigReader;
import dev.trefoil.plan.MemoryPlan;
import dev.trefoil.quant.BaseConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Memory plans of a file, and what to change when they do not fit. */
public final class MemoryAdvice {

    private static final double GIB = 1 << 30;

    /**
     * What is asked.
     *
     * @param file a pipeline file or a stage's file
     * @param base folder of the base store, or null for the file's
     * @param overrides {@code key=value} each
     * @param scale of a pipeline, or null
     * @param heapBytes limit of the Java heap
     */
    public record Question(Path file, Path base, List<String> overrides, String scale, long heapBytes) {}

    private final Question question;
    private final List<MemoryPlan> plans;

    private MemoryAdvice(Question question, List<MemoryPlan> plans) {
        this.question = question;
        this.plans = plans;
    }

    /** Plans every stage of the file; reads base.json but no weight. */
    public static MemoryAdvice of(Question question) {
        return new MemoryAdvice(question, plans(question, question.overrides()));
    }

    private static List<MemoryPlan> plans(Question question, List<String> overrides) {
        return stages(question, overrides).stream()
                .map(stage -> stage.loaded().plan(BaseConfig.read(stage.base()), question.heapBytes()))
                .toList();
    }

    /** A stage and the folder of its base. */
    record Planned(StageKind.Loaded loaded, Path base) {}

    static List<Planned> stages(Question question, List<String> overrides) {
        List<Planned> stages = new ArrayList<>();
        if (isPipeline(question.file())) {
            Pipeline pipeline = Pipeline.load(question.file(), overrides, question.scale(), null);
            Path folder = question.base() == null ? pipeline.base() : question.base();
            pipeline.stages().forEach(stage -> stages.add(new Planned(stage.loaded(), folder)));
        } else {
            StageKind.Loaded stage = stage(question.file(), overrides);
            Path folder = question.base() == null ? stage.base() : question.base();
            if (folder == null) {
                throw UserError.data(question.file() + " base: is missing, and there is no --base; name the folder of a"
                        + " base store");
            }
            stages.add(new Planned(stage, folder));
        }
        return List.copyOf(stages);
    }

    static boolean isPipeline(Path file) {
        return ConfigReader.topLevelKeys(file).contains("stages");
    }

    /** A stage's file is told by the sections that only its stage has. */
    static StageKind.Loaded stage(Path file, List<String> overrides) {
        Set<String> keys = ConfigReader.topLevelKeys(file);
        StageKind kind = keys.contains("ppo") || keys.contains("sampling") || keys.contains("reward")
                ? StageKind.PPO
                : keys.contains("packing") ? StageKind.SFT : keys.contains("rows") ? StageKind.REWARD : byName(file);
        return kind.load(file, overrides);
    }

    private static StageKind byName(Path file) {
        String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
        for (StageKind kind : StageKind.values()) {
            if (name.contains(kind.key())) {
                return kind;
            }
        }
        throw UserError.data(file + ": cannot tell which stage this file is for; wanted a section packing (sft), rows"
                + " (reward) or ppo, or the stage in the file's name");
    }

    public List<MemoryPlan> plans() {
        return plans;
    }

    public boolean fits(long limitBytes) {
        return largest(plans).peak().bytes() <= limitBytes;
    }

    private static MemoryPlan largest(List<MemoryPlan> plans) {
        return plans.stream()
                .max(Comparator.comparingLong(plan -> plan.peak().bytes()))
                .orElseThrow();
    }

    /** One line: it fits, or the fewest changes of a fixed list with which it does. */
    public String verdict(long limitBytes) {
        MemoryPlan worst = largest(plans);
        String peak = gib(worst.peak().bytes()) + " (" + worst.stage() + ", "
                + worst.peak().name() + ")";
        if (fits(limitBytes)) {
            return "fits in " + gib(limitBytes) + ": the peak is " + peak;
        }
        List<String> changes = new ArrayList<>();
        for (String change : candidates(worst.stage())) {
            changes.add(change);
            List<String> overrides = new ArrayList<>(question.overrides());
            overrides.addAll(changes);
            try {
                MemoryPlan found = largest(plans(question, overrides));
                if (found.peak().bytes() <= limitBytes) {
                    return "does not fit in " + gib(limitBytes) + ": the peak is " + peak + "; with --set "
                            + String.join(" --set ", changes) + " it is "
                            + gib(found.peak().bytes());
                }
            } catch (UserError notForThisFile) {
                changes.remove(change);
            }
        }
        return "does not fit in " + gib(limitBytes) + ": the peak is " + peak + ", nor with --set "
                + String.join(" --set ", changes)
                + "; take shorter texts, a smaller rank, a smaller base, or less Java heap (TREFOIL_HEAP=1g)";
    }

    private List<String> candidates(String stage) {
        String prefix = isPipeline(question.file()) ? stage + "." : "";
        List<String> found = new ArrayList<>(List.of(prefix + "engine.save=attention", prefix + "engine.save=inputs"));
        if (stage.equals(StageKind.PPO.key())) {
            found.add(prefix + "ppo.mini_batch_size=4");
            found.add(prefix + "ppo.mini_batch_size=1");
        } else {
            found.add(prefix + "train.batch_size=2");
            found.add(prefix + "train.batch_size=1");
        }
        found.add(prefix + "optim.optimizer=adamw-8bit");
        return found;
    }

    private static String gib(long bytes) {
        return String.format(Locale.ROOT, "%.2f GiB", bytes / GIB);
    }
}
