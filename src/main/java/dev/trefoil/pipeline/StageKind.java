package dev.trefoil.pipeline;

import dev.trefoil.UserError;
import dev.trefoil.artifact.Artifact;
import dev.trefoil.config.ConfigReader;
import dev.trefoil.config.ConfigWriter;
import dev.trefoil.doctor.Doctor;
import dev.trefoil.doctor.MemoryFit;
import dev.trefoil.model.EngineConfig;
import dev.trefoil.model.SavePolicy;
import dev.trefoil.model.SharedBase;
import dev.trefoil.plan.MemoryPlan;
import dev.trefoil.plan.StepWork;
import dev.trefoil.quant.BaseConfig;
import dev.trefoil.quant.MachineMemory;
import dev.trefoil.train.StageContext;
import dev.trefoil.train.StageResult;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The stages that a pipeline can run. */
public enum StageKind {
    SFT(new SftEntry()),
    REWARD(new RewardEntry()),
    PPO(new PpoEntry());

    /** What stands before the name of a stage whose artifact is meant, as in {@code sft: stage:sft}. */
    static final String REFERENCE = "stage:";

    private final Stage<?> stage;

    /** Whether a path stands for the artifact of a stage of the same pipeline, wherever it was resolved against. */
    static boolean isReference(Path path) {
        return path.getFileName() != null && path.getFileName().toString().startsWith(REFERENCE);
    }

    StageKind(Stage<?> stage) {
        this.stage = stage;
    }

    /** The name in files and commands, and of the stage's folder. */
    public String key() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The record that its files are read into. */
    public Class<? extends Record> configType() {
        return stage.configType();
    }

    /**
     * Reads a file of this stage.
     *
     * @param overrides {@code key.key=value} each
     */
    public Loaded load(Path file, List<String> overrides) {
        return load(this, stage, file, overrides);
    }

    /** Reads what {@link Loaded#yaml} wrote, perhaps in an earlier version; keys that it did not have yet take their defaults. */
    Loaded readBack(String yaml) {
        return readBack(this, stage, yaml);
    }

    private static <C extends Record> Loaded readBack(StageKind kind, Stage<C> stage, String yaml) {
        return new Bound<>(kind, stage, ConfigReader.readBack(yaml, stage.configType()));
    }

    /** The overrides of its file that give it an artifact for one of its parents. */
    List<String> wire(String role, Path artifact) {
        return stage.wire(role, artifact);
    }

    private static <C extends Record> Loaded load(StageKind kind, Stage<C> stage, Path file, List<String> overrides) {
        return new Bound<>(kind, stage, ConfigReader.read(file, overrides, stage.configType()));
    }

    /** A stage with its configuration. */
    public interface Loaded {

        StageKind kind();

        Record config();

        /** The base that its own file names, or null. */
        Path base();

        /**
         * What it computes with on a base; {@code compute: auto} is decided, and {@code save: auto} has become the fastest policy that fits in the
         * free memory.
         *
         * @param base folder of the base store
         */
        EngineConfig engine(Path base);

        /** Artifacts that it builds on, by their role in its manifest. */
        Map<String, Path> parents();

        /**
         * Identifies the configuration as the stage's manifest records it: without what does not decide the result, such as the place of
         * the base.
         */
        String hash();

        /** The same as YAML, for people and for comparison by keys. */
        String yaml();

        StageResult run(StageContext context, SharedBase base);

        /** What the doctor finds, without a run; the context's folder is not touched. */
        Doctor examine(StageContext context, SharedBase base);

        /**
         * What it would take on this machine now.
         *
         * @param heapBytes limit of the Java heap
         */
        MemoryPlan plan(BaseConfig base, long heapBytes);

        /** What it takes on a base that was opened with its engine. */
        MemoryPlan plan(SharedBase base);

        /** Lines for people on what {@code auto} has become: {@code compute} where it is slow, {@code save} with its plan. */
        List<String> chosen(SharedBase base, MemoryPlan plan);

        /** What a step computes. */
        StepWork work();
    }

    private record Bound<C extends Record>(StageKind kind, Stage<C> stage, C config) implements Loaded {

        /** Share of the free memory that {@code save: auto} fills: a plan is right within a twentieth. */
        private static final double FILLED = 0.95;

        @Override
        public Path base() {
            return stage.base(config);
        }

        @Override
        public EngineConfig engine(Path base) {
            return decided(() -> BaseConfig.read(base), Runtime.getRuntime().maxMemory());
        }

        /** The stage's settings without {@code auto}; the base is looked at for that of {@code save} alone. */
        private EngineConfig decided(Supplier<BaseConfig> base, long heapBytes) {
            EngineConfig engine = stage.engine(config).decided();
            return engine.save() == SavePolicy.AUTO ? fitting(engine, base.get(), heapBytes) : engine;
        }

        /**
         * The fastest policy with which the plan fits in the free memory: all, or attention for as many of the last layers as possible,
         * which are none in the end.
         */
        private EngineConfig fitting(EngineConfig engine, BaseConfig base, long heapBytes) {
            long most = Math.round(MachineMemory.available() * FILLED);
            int layers = base.shape().layers();
            return Stream.concat(
                            Stream.of(engine.with(SavePolicy.ALL)),
                            IntStream.range(engine.recomputeLayers(), layers)
                                    .mapToObj(recompute -> engine.with(SavePolicy.ATTENTION, recompute)))
                    .filter(tried -> plan(base, heapBytes, tried).peak().bytes() <= most)
                    .findFirst()
                    .orElse(engine.with(SavePolicy.INPUTS));
        }

        @Override
        public Map<String, Path> parents() {
            return stage.parents(config);
        }

        @Override
        public String hash() {
            return ConfigWriter.hash(stage.deciding(config));
        }

        @Override
        public String yaml() {
            return ConfigWriter.toYaml(stage.deciding(config));
        }

        @Override
        public StageResult run(StageContext context, SharedBase base) {
            for (Map.Entry<String, Path> parent : parents().entrySet()) {
                if (isReference(parent.getValue())) {
                    throw UserError.data(kind.key() + " " + parent.getKey() + ": "
                            + parent.getValue().getFileName()
                            + " has a meaning only in a pipeline; run the pipeline, or name the folder of a finished"
                            + " stage with --set, such as runs/NAME/" + parent.getKey());
                }
                if (Artifact.exists(parent.getValue())) {
                    Artifact.open(parent.getValue())
                            .requireBase(base.hash(), base.folder().toString());
                }
            }
            return stage.run(context.withPlan(plan(base).peak().bytes()), base, config);
        }

        @Override
        public Doctor examine(StageContext context, SharedBase base) {
            Doctor doctor = Doctor.alone(stage.doctor(config), context::say);
            doctor.examine(MemoryFit.here(plan(base).peak().bytes()));
            stage.examine(context, base, config, doctor);
            return doctor;
        }

        @Override
        public StepWork work() {
            return stage.work(config);
        }

        @Override
        public MemoryPlan plan(BaseConfig base, long heapBytes) {
            return plan(base, heapBytes, decided(() -> base, heapBytes));
        }

        @Override
        public MemoryPlan plan(SharedBase base) {
            return plan(base.config(), Runtime.getRuntime().maxMemory(), base.engine());
        }

        private MemoryPlan plan(BaseConfig base, long heapBytes, EngineConfig engine) {
            return stage.plan(config, new PlanInputs(base, heapBytes, engine));
        }

        @Override
        public List<String> chosen(SharedBase base, MemoryPlan plan) {
            return Stream.of(stage.engine(config).computeRemark(), chosenSaving(base, plan))
                    .flatMap(Optional::stream)
                    .toList();
        }

        private Optional<String> chosenSaving(SharedBase base, MemoryPlan plan) {
            if (stage.engine(config).save() != SavePolicy.AUTO) {
                return Optional.empty();
            }
            EngineConfig engine = base.engine();
            String recomputing = engine.save() == SavePolicy.ATTENTION && engine.recomputeLayers() > 0
                    ? " with recompute_layers " + engine.recomputeLayers()
                    : "";
            return Optional.of(String.format(
                    Locale.ROOT,
                    "engine.save: auto is %s%s; planned %.2f GiB",
                    engine.save().name().toLowerCase(Locale.ROOT),
                    recomputing,
                    plan.peak().bytes() / (double) (1 << 30)));
        }
    }
}
