package dev.trefoil.pipeline;

import dev.trefoil.artifact.Artifact;
import dev.trefoil.artifact.SafeTensorsFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/** Sizes of adapters on disk, without reading their numbers. */
final class AdapterFiles {

    private static final String WEIGHTS = "adapter_model.safetensors";

    private AdapterFiles() {}

    /** Numbers in the adapter of an artifact or of a PEFT folder; empty when there is none yet. */
    static OptionalLong parameters(Path folder) {
        Path inside = folder.resolve(Artifact.ADAPTER).resolve(WEIGHTS);
        Path file = Files.isRegularFile(inside) ? inside : folder.resolve(WEIGHTS);
        if (!Files.isRegularFile(file)) {
            return OptionalLong.empty();
        }
        try (SafeTensorsFile tensors = SafeTensorsFile.open(file)) {
            return OptionalLong.of(tensors.names().stream()
                    .mapToLong(name -> tensors.info(name).elements())
                    .sum());
        }
    }
}
