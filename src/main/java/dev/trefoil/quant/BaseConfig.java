package dev.trefoil.quant;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.cfg.EnumFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import dev.trefoil.artifact.Hashes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The file {@code base.json} of a base store: everything that is known about the frozen model beside its weights.
 *
 * @param format version of the store's layout, {@link #FORMAT}
 * @param family whose published names the weights had: llama, ...
 * @param precision of the blocks' linears
 * @param embeddings precision of embedding, positions and head: BF16 or FP32
 * @param initializerRange standard deviation that new heads are drawn with
 * @param source what the store was made from
 * @param quantiser version of the rule that made the int8 rows
 * @param tokenizerHash SHA-256 of tokenizer.json; empty when the store has none
 * @param baseHash what artifacts record to name this base, see {@link #computeHash}
 * @param shards the weight files, in order
 */
public record BaseConfig(
        int format,
        String family,
        Precision precision,
        Precision embeddings,
        Shape shape,
        Switches switches,
        Tokens tokens,
        double initializerRange,
        Source source,
        String quantiser,
        String tokenizerHash,
        String baseHash,
        List<Shard> shards) {

    public static final int FORMAT = 1;
    public static final String FILE_NAME = "base.json";
    public static final String QUANTISER = "llm-int8-rows-1";

    /**
     * Where the weights came from.
     *
     * @param kind huggingface or gguf
     * @param description name of the folder or file
     * @param dtype number formats found there
     * @param files SHA-256 by file name
     */
    public record Source(String kind, String description, String dtype, Map<String, String> files) {

        public Source {
            files = files == null ? Map.of() : new TreeMap<>(files);
        }
    }

    /**
     * One weight file of the store.
     *
     * @param file name inside the folder
     * @param bytes its size
     * @param sha256 of the whole file, hexadecimal
     */
    public record Shard(String file, long bytes, String sha256) {

        public Shard {
            if (!file.matches("[A-Za-z0-9._-]+") || file.startsWith(".")) {
                throw new IllegalArgumentException("shards.file: found '" + file + "', wanted a plain file name");
            }
        }
    }

    public BaseConfig {
        if (embeddings == Precision.INT8) {
            throw new IllegalArgumentException("embeddings: found int8, wanted bf16 or fp32");
        }
        if (switches.rotaryDims() > shape.headDim()) {
            throw new IllegalArgumentException(
                    "rotaryDims: found " + switches.rotaryDims() + ", wanted at most headDim " + shape.headDim());
        }
        checkLayers("slidingLayers", switches.slidingLayers(), shape);
        checkLayers("noRopeLayers", switches.noRopeLayers(), shape);
        shards = shards == null ? List.of() : List.copyOf(shards);
    }

    private static void checkLayers(String key, List<Integer> layers, Shape shape) {
        if (layers.stream().anyMatch(layer -> layer < 0 || layer >= shape.layers())) {
            throw new IllegalArgumentException(
                    key + ": found " + layers + ", wanted numbers below the " + shape.layers() + " layers");
        }
    }

    /** A description without weights yet: hashes empty, no shards. */
    public static BaseConfig draft(Blueprint blueprint, Precision precision, Precision embeddings, Source source) {
        return new BaseConfig(
                FORMAT,
                blueprint.family(),
                precision,
                embeddings,
                blueprint.shape(),
                blueprint.switches(),
                blueprint.tokens(),
                blueprint.initializerRange(),
                source,
                precision == Precision.INT8 ? QUANTISER : "none",
                "",
                "",
                List.of());
    }

    /** The same with its weight files and tokenizer, and the hash that follows. */
    public BaseConfig sealed(List<Shard> files, String tokenizer) {
        BaseConfig unsealed = new BaseConfig(
                format,
                family,
                precision,
                embeddings,
                shape,
                switches,
                tokens,
                initializerRange,
                source,
                quantiser,
                tokenizer,
                "",
                files);
        return new BaseConfig(
                format,
                family,
                precision,
                embeddings,
                shape,
                switches,
                tokens,
                initializerRange,
                source,
                quantiser,
                tokenizer,
                unsealed.computeHash(),
                files);
    }

    /**
     * SHA-256 over all that decides what the base computes: layout, precision, shape, switches, tokens, quantiser and the weight
     * files' hashes. The place it came from and the tokenizer are left out: the same weights from another folder are the same base,
     * and the tokenizer has a hash of its own.
     */
    public String computeHash() {
        Map<String, Object> content = new LinkedHashMap<>();
        content.put("format", format);
        content.put("family", family);
        content.put("precision", precision);
        content.put("embeddings", embeddings);
        content.put("shape", shape);
        content.put("switches", switches);
        content.put("tokens", tokens);
        content.put("quantiser", quantiser);
        List<String> hashes = new ArrayList<>();
        shards.forEach(shard -> hashes.add(shard.sha256()));
        content.put("weights", hashes);
        try {
            return Hashes.sha256(mapper().writeValueAsBytes(content));
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /**
     * Reads and checks {@code base.json} of a store.
     *
     * @throws UserError when the folder is no base store, or its description is damaged or of another version
     */
    public static BaseConfig read(Path folder) {
        Path file = folder.resolve(FILE_NAME);
        try {
            var tree = mapper().readTree(Files.readString(file));
            int found = tree.path("format").asInt(-1);
            if (found != FORMAT) {
                throw UserError.data(file + ": found format " + (found < 0 ? "nothing" : found) + ", wanted " + FORMAT
                        + "; prepare the model again with this version");
            }
            unwritten(tree.path("switches"));
            BaseConfig config = mapper().treeToValue(tree, BaseConfig.class);
            String computed = config.computeHash();
            if (!computed.equals(config.baseHash())) {
                throw UserError.data(file + ": baseHash: found " + config.baseHash() + ", wanted " + computed
                        + " for this content; the file was edited: prepare the model again");
            }
            return config;
        } catch (NoSuchFileException missing) {
            throw UserError.data(folder + ": no " + FILE_NAME + " here, so this is no base store; make one with"
                    + " 'trefoil prepare SOURCE --out DIR'");
        } catch (JsonProcessingException damaged) {
            throw new UserError(
                    ExitCode.CONFIG_OR_DATA,
                    file + ": not a description of a base: " + damaged.getOriginalMessage(),
                    damaged);
        } catch (IOException unreadable) {
            throw new UserError(
                    ExitCode.CONFIG_OR_DATA, file + ": cannot be read: " + unreadable.getMessage(), unreadable);
        }
    }

    /** What tells layers apart, and what only one kind of scaling has, is written only where there is something to tell. */
    private static void unwritten(JsonNode switches) {
        if (switches instanceof ObjectNode object) {
            object.putIfAbsent("slidingLayers", object.arrayNode());
            object.putIfAbsent("noRopeLayers", object.arrayNode());
        }
        if (switches.path("ropeScaling") instanceof ObjectNode scaling) {
            scaling.putIfAbsent("attentionFactor", scaling.nullNode());
        }
    }

    /** The text of {@code base.json}. */
    String json() {
        try {
            return mapper().writerWithDefaultPrettyPrinter().writeValueAsString(this) + "\n";
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    byte[] bytes() {
        return json().getBytes(StandardCharsets.UTF_8);
    }

    private static JsonMapper mapper() {
        return JsonMapper.builder()
                .enable(EnumFeature.WRITE_ENUMS_TO_LOWERCASE)
                .enable(MapperFeature.ACCEPT_CASE_INSENSITIVE_ENUMS)
                .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
                .build();
    }
}
