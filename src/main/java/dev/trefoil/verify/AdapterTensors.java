package dev.trefoil.verify;

import dev.trefoil.adapter.LoraAdapter;
import dev.trefoil.adapter.LoraModule;
import dev.trefoil.adapter.PeftFiles;
import dev.trefoil.adapter.SavedModule;
import java.nio.FloatBuffer;
import java.util.Map;
import java.util.TreeMap;

/** An adapter's numbers under the names that PEFT gives them in its file. */
final class AdapterTensors {

    private AdapterTensors() {}

    static Map<String, float[]> values(LoraAdapter adapter) {
        return cut(adapter, adapter.values());
    }

    static Map<String, float[]> gradients(LoraAdapter adapter) {
        return cut(adapter, adapter.gradients());
    }

    /** Compares each tensor with the expected one called {@code prefix} and its name, if the case has it. */
    static void compare(Deviations deviations, GoldenCase golden, String prefix, Map<String, float[]> tensors) {
        tensors.forEach((name, values) -> {
            if (golden.has(prefix + name)) {
                deviations.compare(prefix + name, values);
            }
        });
    }

    private static Map<String, float[]> cut(LoraAdapter adapter, FloatBuffer all) {
        Map<String, float[]> tensors = new TreeMap<>();
        for (LoraModule module : adapter.modules()) {
            String name = module.site().module();
            tensors.put(PeftFiles.nameA(name), slice(all, module.offsetA(), module.lengthA()));
            tensors.put(PeftFiles.nameB(name), slice(all, module.offsetB(), module.lengthB()));
        }
        for (SavedModule module : adapter.savedModules()) {
            tensors.put(PeftFiles.nameSaved(module.name()), slice(all, module.offset(), module.length()));
        }
        return tensors;
    }

    private static float[] slice(FloatBuffer all, int offset, int length) {
        float[] values = new float[length];
        all.get(offset, values);
        return values;
    }
}
