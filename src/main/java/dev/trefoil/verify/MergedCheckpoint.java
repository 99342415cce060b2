package dev.trefoil.verify;

import dev.trefoil.adapter.LoraAdapter;
import dev.trefoil.adapter.LoraModule;
import dev.trefoil.adapter.SavedModule;
import java.nio.FloatBuffer;
import java.nio.file.Path;

/** A checkpoint with an adapter added to its weights: W + scaling B A. */
final class MergedCheckpoint {

    private static final String WEIGHT = ".weight";

    private MergedCheckpoint() {}

    static CheckpointCopy of(Path model, LoraAdapter adapter) {
        CheckpointCopy copy = CheckpointCopy.read(model);
        for (LoraModule module : adapter.modules()) {
            String name = module.site().module() + WEIGHT;
            int rows = module.site().rows();
            int columns = module.site().columns();
            float[] merged = merged(copy.floats(name), adapter, module);
            boolean transposed = module.site().transposed();
            copy.put(name, merged, transposed ? columns : rows, transposed ? rows : columns);
        }
        for (SavedModule module : adapter.savedModules()) {
            float[] values = new float[module.length()];
            adapter.savedValues(module.name()).get(values);
            boolean head = copy.family().headModules().contains(module.name());
            String name = head ? copy.family().head() : module.name();
            copy.put(name + WEIGHT, values, module.rows(), module.columns());
            if (head) {
                copy.tieHead(false);
            }
        }
        return copy;
    }

    private static float[] merged(float[] weight, LoraAdapter adapter, LoraModule module) {
        FloatBuffer a = adapter.a(module);
        FloatBuffer b = adapter.b(module);
        int columns = module.site().columns();
        int rows = module.site().rows();
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                double sum = 0;
                for (int k = 0; k < module.rank(); k++) {
                    sum += (double) b.get(row * module.rank() + k) * a.get(k * columns + column);
                }
                weight[module.site().transposed() ? column * rows + row : row * columns + column] +=
                        (float) (module.scaling() * sum);
            }
        }
        return weight;
    }
}
