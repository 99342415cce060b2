package dev.trefoil.doctor;

import dev.trefoil.adapter.LoraAdapter;
import dev.trefoil.adapter.LoraModule;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * After one batch every lora_B must have a gradient; lora_A has none at the start, for B is zero.
 *
 * @param silent modules whose lora_B has none
 * @param modules all that are trained
 */
public record GradientFlow(List<String> silent, int modules) implements Check {

    static final Advice ADVICE = new Advice(
            "gradient_flow",
            Severity.STOP,
            "a module that no label depends on, a graph cut in two (checkpointing without input gradients "
                    + "elsewhere), or numbers that underflow",
            "leave these modules out with lora.exclude_modules, or set engine.compute: fp32 to see whether "
                    + "precision is the cause",
            "peft#137, peft#1142, peft#1577, transformers#42489, open-unlearning#178");

    @Override
    public Advice advice() {
        return ADVICE;
    }

    @Override
    public Optional<String> complaint() {
        return silent.isEmpty()
                ? Optional.empty()
                : Optional.of("after one batch " + silent.size() + " of " + modules
                        + " adapted linears have no gradient in lora_B, wanted all; the first: "
                        + String.join(", ", silent.subList(0, Math.min(3, silent.size()))));
    }

    public GradientFlow {
        silent = List.copyOf(silent);
    }

    /** Looks at the gradients that a backward pass has left. */
    public static GradientFlow of(LoraAdapter adapter) {
        FloatBuffer gradients = adapter.gradients();
        List<String> silent = new ArrayList<>();
        for (LoraModule module : adapter.modules()) {
            if (!any(gradients, module.offsetB(), module.lengthB())) {
                silent.add(module.site().module());
            }
        }
        return new GradientFlow(silent, adapter.modules().size());
    }

    private static boolean any(FloatBuffer numbers, int from, int length) {
        for (int i = from; i < from + length; i++) {
            if (numbers.get(i) != 0) {
                return true;
            }
        }
        return false;
    }
}
