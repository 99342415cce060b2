package dev.trefoil.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import dev.trefoil.artifact.AtomicFiles;
import dev.trefoil.artifact.SafeTensorsFile;
import dev.trefoil.artifact.SafeTensorsWriter;
import dev.trefoil.artifact.SafeTensorsWriter.Tensor;
import dev.trefoil.optim.OptimizerState;
import dev.trefoil.optim.Parameters;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The files of one checkpoint: parameters.safetensors, optimiser.safetensors, state.json. */
final class CheckpointFiles {

    private static final String PARAMETERS = "parameters.safetensors";
    private static final String OPTIMISER = "optimiser.safetensors";
    private static final String STATE = "state.json";
    private static final JsonMapper JSON = JsonMapper.builder().build();

    /** What state.json holds. */
    record State(String fingerprint, LoopState loop, Optimisation.Counters counters, long optimiserSteps) {}

    private CheckpointFiles() {}

    static void writeParameters(Path folder, List<Parameters> parameters) throws IOException {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        for (Parameters part : parameters) {
            ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(part.size(), Float.BYTES))
                    .order(ByteOrder.LITTLE_ENDIAN);
            bytes.asFloatBuffer().put(part.values().duplicate().clear());
            tensors.put(part.name(), new Tensor("F32", new long[] {part.size()}, bytes));
        }
        SafeTensorsWriter.write(folder.resolve(PARAMETERS), tensors);
    }

    static void readParameters(Path folder, List<Parameters> parameters) {
        Path file = folder.resolve(PARAMETERS);
        try (SafeTensorsFile tensors = SafeTensorsFile.open(file)) {
            for (Parameters part : parameters) {
                float[] values = tensors.has(part.name()) ? tensors.floats(part.name()) : new float[0];
                if (values.length != part.size()) {
                    throw new UserError(
                            ExitCode.CONTRACT,
                            file + ": found " + values.length + " numbers of " + part.name() + ", wanted " + part.size()
                                    + "; start anew with --restart");
                }
                FloatBuffer target = part.values().duplicate().clear();
                target.put(values);
            }
        }
    }

    static void writeOptimiser(Path folder, OptimizerState state) throws IOException {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        state.tensors()
                .forEach(part ->
                        tensors.put(part.name(), new Tensor(part.dtype(), new long[] {part.size()}, part.data())));
        SafeTensorsWriter.write(folder.resolve(OPTIMISER), tensors);
    }

    static OptimizerState readOptimiser(Path folder, long steps) {
        List<OptimizerState.Tensor> parts = new ArrayList<>();
        try (SafeTensorsFile tensors = SafeTensorsFile.open(folder.resolve(OPTIMISER))) {
            for (String name : tensors.names()) {
                // Copied, for the mapping ends with the file.
                ByteBuffer mapped = tensors.bytes(name).duplicate();
                ByteBuffer copy = ByteBuffer.allocate(mapped.remaining()).order(ByteOrder.LITTLE_ENDIAN);
                copy.put(mapped).flip();
                parts.add(new OptimizerState.Tensor(name, tensors.info(name).dtype(), copy));
            }
        }
        return new OptimizerState(steps, parts);
    }

    static void writeState(Path folder, String fingerprint, LoopState loop, Optimisation.Counters counters)
            throws IOException {
        ObjectNode root = JSON.createObjectNode();
        root.put("fingerprint", fingerprint);
        root.put("step", loop.step());
        root.put("best_step", loop.bestStep());
        root.put("schedule_steps", counters.steps());
        root.put("skipped", counters.skipped());
        root.put("skipped_in_a_row", counters.skippedInARow());
        ObjectNode numbers = root.putObject("numbers");
        // As text: Java's shortest form reads back to the same bits, and infinities have one.
        loop.numbers().forEach((name, value) -> numbers.put(name, Double.toString(value)));
        AtomicFiles.write(
                folder.resolve(STATE), JSON.writerWithDefaultPrettyPrinter().writeValueAsString(root) + "\n");
    }

    static State readState(Path folder) {
        Path file = folder.resolve(STATE);
        try {
            JsonNode root = JSON.readTree(file.toFile());
            Map<String, Double> numbers = new TreeMap<>();
            for (Map.Entry<String, JsonNode> entry : root.required("numbers").properties()) {
                numbers.put(entry.getKey(), Double.valueOf(entry.getValue().asText()));
            }
            long skipped = root.required("skipped").asLong();
            long steps = root.required("schedule_steps").asLong();
            return new State(
                    root.required("fingerprint").asText(),
                    LoopState.of(
                            root.required("step").asLong(),
                            root.required("best_step").asLong(),
                            numbers),
                    new Optimisation.Counters(
                            steps, skipped, root.required("skipped_in_a_row").asInt()),
                    steps - skipped);
        } catch (JsonProcessingException | IllegalArgumentException damaged) {
            throw damaged(file, damaged);
        } catch (IOException unreadable) {
            throw damaged(file, unreadable);
        }
    }

    private static UserError damaged(Path file, Exception cause) {
        return new UserError(
                ExitCode.CONFIG_OR_DATA,
                file + ": cannot be read as the state of a run: " + cause.getMessage()
                        + "; delete this checkpoint to go on at the one before it",
                cause);
    }
}
