package dev.trefoil.bench;

import dev.trefoil.report.Rounded;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Measurements as lines for people. */
public final class BenchTable {

    private static final String FORM = "%-10s %-34s %9s %9s %7s %10s %9s %9s %9s";
    private static final double MIB = 1 << 20;
    private static final double PERCENT = 100;

    private BenchTable() {}

    /** The headings, to be printed before the first line. */
    public static String head() {
        return String.format(
                Locale.ROOT,
                FORM,
                "work",
                "shape",
                "best s",
                "median s",
                "spread",
                "tokens/s",
                "peak MiB",
                "own MiB",
                "file MiB");
    }

    /** One line; for a work of several parts a second one with their medians. */
    public static String line(Measurement measured) {
        Timing timing = measured.timing();
        PeakMemory memory = measured.memory();
        String line = String.format(
                Locale.ROOT,
                FORM,
                measured.work(),
                shape(timing),
                Rounded.of(timing.best()),
                Rounded.of(timing.median()),
                String.format(Locale.ROOT, "%.0f %%", PERCENT * timing.spread()),
                Rounded.of(timing.tokensPerSecond()),
                mebibytes(memory.resident()),
                mebibytes(memory.own()),
                mebibytes(memory.file()));
        if (timing.parts().isEmpty()) {
            return line;
        }
        List<String> parts = new ArrayList<>();
        timing.parts().forEach((name, seconds) -> parts.add(name + " " + Rounded.of(Timing.median(seconds))));
        return line + System.lineSeparator() + "           median s: " + String.join(", ", parts);
    }

    /** Where it was measured, and what the figures are. */
    public static String foot(Measurement measured) {
        return measured.environment().describe() + System.lineSeparator() + "spread: (worst - best) / median of "
                + measured.config().repeats() + " after " + measured.config().warmup()
                + " to warm up; tokens/s: at the median, trained or read tokens, for ppo and generate new ones";
    }

    private static String shape(Timing timing) {
        Map<String, Object> shape = timing.shape();
        return switch (timing.work()) {
            case SFT -> shape.get("batch_size") + " x " + shape.get("length") + ", LoRA r" + rank(shape);
            case REWARD -> shape.get("pairs") + " pairs of 2 x " + shape.get("length") + ", LoRA r" + rank(shape);
            case PPO ->
                shape.get("batch_size") + " x " + sum(shape) + " tokens, " + shape.get("epochs") + " epochs, r"
                        + rank(shape);
            case GENERATE -> shape.get("batch_size") + " x " + sum(shape) + " tokens";
            case PREFILL -> shape.get("batch_size") + " x " + shape.get("length");
        };
    }

    private static String sum(Map<String, Object> shape) {
        return "(" + shape.get("prompt_tokens") + " + " + shape.get("new_tokens") + ")";
    }

    private static Object rank(Map<String, Object> shape) {
        return ((Map<?, ?>) shape.get("lora")).get("r");
    }

    private static String mebibytes(long bytes) {
        return bytes == 0 ? "?" : String.format(Locale.ROOT, "%.0f", bytes / MIB);
    }
}
