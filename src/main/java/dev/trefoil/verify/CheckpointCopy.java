package dev.trefoil.verify;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trefoil.UserError;
import dev.trefoil.artifact.SafeTensorsFile;
import dev.trefoil.artifact.SafeTensorsWriter;
import dev.trefoil.artifact.SafeTensorsWriter.Tensor;
import dev.trefoil.family.Family;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A published checkpoint in memory, float32, full names, to be written again with changed weights: merged with an adapter, or a
 * sequence classifier as the language model under it.
 */
final class CheckpointCopy {

    private static final ObjectMapper JSON = new ObjectMapper();

    private static final Set<String> NUMBERS = Set.of("F32", "F16", "BF16");

    private final Family family;
    private final ObjectNode config;
    private final Map<String, Tensor> tensors;

    private CheckpointCopy(Family family, ObjectNode config, Map<String, Tensor> tensors) {
        this.family = family;
        this.config = config;
        this.tensors = tensors;
    }

    /** @throws UserError if the folder cannot be read as a checkpoint of a supported family */
    static CheckpointCopy read(Path folder) {
        try {
            if (!(JSON.readTree(folder.resolve("config.json").toFile()) instanceof ObjectNode config)) {
                throw UserError.data(folder.resolve("config.json") + ": found no JSON object");
            }
            Family family = Family.of(config.path("model_type").asText());
            Map<String, Tensor> tensors = new TreeMap<>();
            for (Path file : weights(folder)) {
                try (SafeTensorsFile stored = SafeTensorsFile.open(file)) {
                    for (String name : stored.names()) {
                        // old checkpoints keep masks as bytes, which nobody needs
                        if (NUMBERS.contains(stored.info(name).dtype())) {
                            long[] shape = stored.info(name).shape().clone();
                            tensors.put(family.published(name), Tensor.of(stored.floats(name), shape));
                        }
                    }
                }
            }
            return new CheckpointCopy(family, config, tensors);
        } catch (IOException unreadable) {
            throw UserError.data(folder + ": cannot be read: " + unreadable.getMessage());
        }
    }

    private static List<Path> weights(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.getFileName().toString().endsWith(".safetensors"))
                    .sorted()
                    .toList();
        }
    }

    Family family() {
        return family;
    }

    boolean has(String name) {
        return tensors.containsKey(name);
    }

    float[] floats(String name) {
        Tensor tensor = tensors.get(name);
        float[] values = new float[Math.toIntExact(Arrays.stream(tensor.shape()).reduce(1, Math::multiplyExact))];
        tensor.data().duplicate().order(tensor.data().order()).asFloatBuffer().get(values);
        return values;
    }

    void put(String name, float[] values, long... shape) {
        tensors.put(name, Tensor.of(values, shape));
    }

    void remove(String name) {
        tensors.remove(name);
    }

    /** Whether the head is the token table. */
    void tieHead(boolean tied) {
        config.put("tie_word_embeddings", tied);
    }

    void write(Path folder) {
        try {
            Files.createDirectories(folder);
            Files.writeString(folder.resolve("config.json"), config.toPrettyString());
            SafeTensorsWriter.write(folder.resolve("model.safetensors"), tensors);
        } catch (IOException failed) {
            throw UserError.data(folder + ": cannot be written: " + failed.getMessage());
        }
    }
}
