package dev.trefoil.prepare;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import dev.trefoil.artifact.AtomicFiles;
import dev.trefoil.artifact.SafeTensorsWriter;
import dev.trefoil.artifact.SafeTensorsWriter.Tensor;
import dev.trefoil.family.Family;
import dev.trefoil.family.Family.Part;
import dev.trefoil.quant.BaseConfig;
import dev.trefoil.quant.Blueprint;
import dev.trefoil.quant.Precision;
import dev.trefoil.token.bpe.BpeVocabulary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * A small model of any family that knows nothing, from its config.json alone: for trying a pipeline before its checkpoint is there.
 * Weights are drawn, norms are 1, biases 0; the tokenizer is {@link ReviewTokenizer}'s.
 */
public final class RandomModel {

    /** All weights are in memory while they are written; and a larger model that knows nothing shows nothing more. */
    private static final long MOST_WEIGHTS = 20_000_000;

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private RandomModel() {}

    /**
     * Makes a base store; the same configuration and seed give the same bytes.
     *
     * @param config a config.json of Hugging Face
     * @param out folder to make
     * @throws UserError when the family is not supported, a key is wrong, or the model is not small
     */
    public static PrepareResult prepare(Path config, long seed, Path out, PrepareOptions options) {
        Path folder = AtomicFiles.aside(out.toAbsolutePath().normalize());
        try {
            try {
                Path published = folder.resolve("random");
                publish(config, seed, published);
                return Prepare.run(published, out, options, PrepareProgress.silent());
            } finally {
                AtomicFiles.deleteTree(folder);
            }
        } catch (IOException failed) {
            throw new UserError(ExitCode.FAILED, out + ": cannot be written: " + failed.getMessage(), failed);
        }
    }

    /** Writes the model as a Hugging Face folder: config.json, model.safetensors, tokenizer files. */
    static void publish(Path config, long seed, Path folder) throws IOException {
        if (!Files.isRegularFile(config)) {
            throw UserError.data(config + ": no such file; wanted a config.json of Hugging Face");
        }
        JsonNode node;
        try {
            node = JSON.readTree(Files.readString(config));
        } catch (JsonProcessingException notJson) {
            throw new UserError(
                    ExitCode.CONFIG_OR_DATA, config + ": not JSON: " + notJson.getOriginalMessage(), notJson);
        }
        Family family = Family.of(node.path("model_type").asText(""));
        Blueprint blueprint = family.blueprint(node, config.toString());
        BaseConfig shape = BaseConfig.draft(
                blueprint, Precision.FP32, Precision.FP32, new BaseConfig.Source("random", "", "", Map.of()));
        Map<String, Tensor> tensors =
                tensors(family.parts(shape), new Random(seed), blueprint.initializerRange(), config);
        int vocabulary = blueprint.shape().vocabSize();
        BpeVocabulary tokens = ReviewTokenizer.train(
                config.toString(), vocabulary, blueprint.shape().contextLength());
        Files.createDirectories(folder);
        tokens.write(folder);
        Files.copy(config, folder.resolve("config.json"));
        SafeTensorsWriter.write(folder.resolve("model.safetensors"), tensors);
    }

    private static Map<String, Tensor> tensors(
            Map<String, List<Part>> parts, Random random, double spread, Path config) {
        long weights = parts.values().stream()
                .flatMap(List::stream)
                .mapToLong(part -> (long) part.rows() * part.columns())
                .sum();
        if (weights > MOST_WEIGHTS) {
            throw UserError.data(config + ": describes a model of " + weights + " weights, wanted at most "
                    + MOST_WEIGHTS + " for a random one");
        }
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        parts.values().stream()
                .flatMap(List::stream)
                .forEach(part -> tensors.put(part.name(), tensor(part, random, spread)));
        return tensors;
    }

    private static Tensor tensor(Part part, Random random, double spread) {
        int rows = part.rows() + part.skipped();
        float[] values = new float[rows * part.columns()];
        if (rows == 1) {
            Arrays.fill(values, part.name().endsWith(".bias") ? 0 : 1);
            return Tensor.of(values, part.columns());
        }
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (random.nextGaussian() * spread);
        }
        return part.transposed() ? Tensor.of(values, part.columns(), rows) : Tensor.of(values, rows, part.columns());
    }
}
