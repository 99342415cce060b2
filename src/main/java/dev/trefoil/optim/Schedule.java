package dev.trefoil.optim;

/** The learning rate of each step, as the schedules of Hugging Face transformers ({@code optimization.py}). */
public sealed interface Schedule {

    /**
     * The rate of one optimiser step.
     *
     * @param step counted from 0: entry i is used by step i, so a warm-up starts with rate 0
     */
    double rate(long step);

    /** The peak at every step. */
    record Constant(double peak) implements Schedule {
        public Constant {
            requirePeak(peak);
        }

        @Override
        public double rate(long step) {
            return peak;
        }
    }

    /** Rises linearly over {@code warmup} steps, then stays. */
    record ConstantWithWarmup(double peak, long warmup) implements Schedule {
        public ConstantWithWarmup {
            requirePeak(peak);
            requireSteps(warmup, warmup);
        }

        @Override
        public double rate(long step) {
            return peak * (step < warmup ? rise(step, warmup) : 1);
        }
    }

    /** Rises linearly over {@code warmup} steps, then falls linearly to 0 at step {@code total}. */
    record Linear(double peak, long warmup, long total) implements Schedule {
        public Linear {
            requirePeak(peak);
            requireSteps(warmup, total);
        }

        @Override
        public double rate(long step) {
            if (step < warmup) {
                return peak * rise(step, warmup);
            }
            return peak * Math.max(0.0, (double) (total - step) / Math.max(1, total - warmup));
        }
    }

    /**
     * Rises linearly over {@code warmup} steps, then falls along half a cosine to 0 at step {@code total}. Behind it the cosine
     * rises again, as in transformers.
     */
    record Cosine(double peak, long warmup, long total) implements Schedule {
        public Cosine {
            requirePeak(peak);
            requireSteps(warmup, total);
        }

        @Override
        public double rate(long step) {
            if (step < warmup) {
                return peak * rise(step, warmup);
            }
            double progress = (double) (step - warmup) / Math.max(1, total - warmup);
            return peak * Math.max(0.0, 0.5 * (1 + Math.cos(Math.PI * progress)));
        }
    }

    /**
     * The schedule of a published name.
     *
     * @param name constant, constant_with_warmup, linear or cosine
     * @param peak the highest rate, at least 0
     * @param warmup steps of rising, at least 0
     * @param total steps of the whole run, at least the warm-up
     * @throws IllegalArgumentException for another name or numbers out of range
     */
    static Schedule of(String name, double peak, long warmup, long total) {
        return switch (name) {
            case "constant" -> new Constant(peak);
            case "constant_with_warmup" -> new ConstantWithWarmup(peak, warmup);
            case "linear" -> new Linear(peak, warmup, total);
            case "cosine" -> new Cosine(peak, warmup, total);
            default ->
                throw new IllegalArgumentException(
                        "unknown schedule \"" + name + "\"; choose constant, constant_with_warmup, linear or cosine");
        };
    }

    private static double rise(long step, long warmup) {
        return (double) step / Math.max(1, warmup);
    }

    private static void requirePeak(double peak) {
        if (!(peak >= 0 && Double.isFinite(peak))) {
            throw new IllegalArgumentException("learning rate: must be at least 0, was " + peak);
        }
    }

    private static void requireSteps(long warmup, long total) {
        if (warmup < 0 || total < 0) {
            throw new IllegalArgumentException(
                    "schedule steps: must be at least 0, were warm-up " + warmup + ", total " + total);
        }
    }
}
