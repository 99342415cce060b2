package dev.trefoil.bench;

import dev.trefoil.model.SharedBase;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Measures works on one base. A stage's step is a step of the stage itself, with its data, metrics and artifact in a folder that is
 * deleted afterwards.
 *
 * <p>The allocator keeps what an earlier work of the process has freed, so own memory is exact only for the first work; a comparison
 * of memory needs a process for each.
 */
public final class Bench {

    private Bench() {}

    /**
     * Measures one work after the other.
     *
     * @param found called with each result as soon as it is there
     * @return one measurement a work, for generation one for each batch size
     * @throws dev.trefoil.UserError when the folder holds no base, or a shape does not fit its context
     */
    public static List<Measurement> run(Path base, List<Work> works, BenchConfig config, Consumer<Measurement> found) {
        List<Measurement> all = new ArrayList<>();
        try (SharedBase opened = SharedBase.open(base, config.engine())) {
            for (Work work : works) {
                for (Function<Place, Timing> one : parts(work, config)) {
                    Measurement measured = measure(opened, config, one);
                    found.accept(measured);
                    all.add(measured);
                }
            }
        }
        return all;
    }

    /** What a work needs. */
    private record Place(SharedBase base, BenchConfig config, Path folder) {

        StageRuns stages() {
            return new StageRuns(base, config, folder);
        }

        BarePasses passes() {
            return new BarePasses(base, config);
        }
    }

    private static List<Function<Place, Timing>> parts(Work work, BenchConfig config) {
        return switch (work) {
            case SFT -> List.of(place -> place.stages().sft());
            case REWARD -> List.of(place -> place.stages().reward());
            case PPO -> List.of(place -> place.stages().ppo());
            case GENERATE -> generations(config);
            case PREFILL -> List.of(place -> place.passes().prefill());
        };
    }

    private static List<Function<Place, Timing>> generations(BenchConfig config) {
        List<Function<Place, Timing>> parts = new ArrayList<>();
        config.generate()
                .batchSizes()
                .forEach(size -> parts.add(place -> place.passes().generate(size)));
        return parts;
    }

    private static Measurement measure(SharedBase base, BenchConfig config, Function<Place, Timing> work) {
        try (MemoryWatch watch = MemoryWatch.start();
                ScratchFolder scratch = ScratchFolder.create()) {
            Timing timing = work.apply(new Place(base, config, scratch.path()));
            return new Measurement(timing, watch.peak(), config, Environment.of(base));
        }
    }
}
