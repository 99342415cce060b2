package dev.trefoil.train;

import dev.trefoil.adapter.LoraAdapter;
import dev.trefoil.adapter.LoraModule;
import dev.trefoil.adapter.SavedModule;
import dev.trefoil.optim.Parameters;
import java.nio.FloatBuffer;
import java.util.function.IntFunction;

/**
 * Weights under training, and where in the model each number belongs.
 *
 * @param place a number's index to the module that holds it, for messages
 */
public record Trainable(Parameters parameters, IntFunction<String> place) {

    /** The adapter's values and gradients; numbers are placed by their modules. */
    public static Trainable of(LoraAdapter adapter) {
        return new Trainable(
                new Parameters(adapter.name(), adapter.values(), adapter.gradients()), index -> place(adapter, index));
    }

    /** Other weights, such as a head. */
    public static Trainable of(String name, FloatBuffer values, FloatBuffer gradients) {
        return new Trainable(new Parameters(name, values, gradients), index -> name);
    }

    private static String place(LoraAdapter adapter, int index) {
        for (LoraModule module : adapter.modules()) {
            if (index < module.offsetB() + module.lengthB()) {
                return module.site().module() + (index < module.offsetB() ? " (lora_A)" : " (lora_B)");
            }
        }
        for (SavedModule module : adapter.savedModules()) {
            if (index < module.offset() + module.length()) {
                return module.name();
            }
        }
        return adapter.name();
    }
}
