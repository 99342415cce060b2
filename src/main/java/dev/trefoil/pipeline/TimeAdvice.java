package dev.trefoil.pipeline;

import dev.trefoil.adapter.AdapterStack;
import dev.trefoil.model.BlockClock;
import dev.trefoil.model.Role;
import dev.trefoil.model.SharedBase;
import dev.trefoil.plan.PassShape;
import dev.trefoil.plan.StepWork;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** How long a stage's steps take on this machine, from one block, the head and a few new tokens that are computed to tell. */
public final class TimeAdvice {

    private static final double NANOS = 1e9;
    private static final int DECODED = 3;

    /** Temperature, top-k, top-p, min-p, repetition penalty, greedy, pad id, minimum of new tokens: see {@link Role#decode}. */
    private static final float[] GREEDY = {1, 0, 1, 0, 1, 1, 0, DECODED};

    /**
     * One stage's.
     *
     * @param steps 0 where the data decides
     */
    public record Estimate(double stepSeconds, long steps) {

        /** One line. */
        public String text() {
            String all = steps == 0
                    ? "the data decides how many steps there are"
                    : String.format(Locale.ROOT, "%d steps %.1f minutes", steps, steps * stepSeconds / 60);
            return String.format(
                    Locale.ROOT, "time here: a step about %.2f s, %s; evaluation not counted", stepSeconds, all);
        }
    }

    private TimeAdvice() {}

    /** Opens each stage's base and computes a little; in the order of {@link MemoryAdvice#plans}. */
    public static List<Estimate> of(MemoryAdvice.Question question) {
        List<Estimate> found = new ArrayList<>();
        for (MemoryAdvice.Planned stage : MemoryAdvice.stages(question, question.overrides())) {
            try (SharedBase base = SharedBase.open(stage.base(), stage.loaded().engine(stage.base()))) {
                found.add(of(base, stage.loaded().work()));
            }
        }
        return found;
    }

    private static Estimate of(SharedBase base, StepWork work) {
        PassShape shape = work.train();
        BlockClock block = BlockClock.measure(base, shape.rows(), shape.columns());
        double decode = work.generatedRows() > 0 ? decode(base, work.generatedRows()) : 0;
        int layers = base.config().shape().layers();
        return new Estimate(work.seconds(layers, block.forward(), block.back(), block.head(), decode), work.steps());
    }

    /** Seconds of one new token of all rows. */
    private static double decode(SharedBase base, int rows) {
        int[] lengths = new int[rows];
        Arrays.fill(lengths, 1);
        try (Role role = Role.of(base, AdapterStack.empty(base.sites()))) {
            role.decode(new int[rows], lengths, new float[rows], GREEDY, new int[0]);
            long start = System.nanoTime();
            role.decode(new int[rows], lengths, new float[rows * DECODED], GREEDY, new int[0]);
            return (System.nanoTime() - start) / NANOS / DECODED;
        }
    }
}
