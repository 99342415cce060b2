package dev.trefoil.doctor;

import dev.trefoil.quant.MachineMemory;
import java.util.Locale;
import java.util.Optional;

/**
 * Compares the plan's peak, mapped files included, with what there is.
 *
 * @param planned bytes at the peak; 0 when there is no plan
 * @param machine bytes that the machine, or the limit of its container, has
 */
public record MemoryFit(long planned, long machine) implements Check {

    static final Advice ADVICE = new Advice(
            "memory",
            Severity.STOP,
            "texts, batch or base are too large for this machine; it would be stopped by the system "
                    + "without a word, perhaps hours later",
            "`trefoil plan FILE.yaml --memory SIZE` names the smallest change that fits: engine.save, a "
                    + "smaller batch, adamw-8bit",
            "trl#526, trl#688, trl#963, trl#3664, trlx#372, trlx#431");

    @Override
    public Advice advice() {
        return ADVICE;
    }

    @Override
    public Optional<String> complaint() {
        return planned <= machine
                ? Optional.empty()
                : Optional.of(String.format(
                        Locale.ROOT,
                        "the plan's peak is %.2f GiB, the machine has %.2f GiB",
                        planned / GIB,
                        machine / GIB));
    }

    private static final double GIB = 1 << 30;

    /** Against this machine's memory, or its container's. */
    public static MemoryFit here(long planned) {
        return new MemoryFit(planned, MachineMemory.total());
    }
}
