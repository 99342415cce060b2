package dev.trefoil.prepare;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import dev.trefoil.artifact.SafeTensorsFile;
import dev.trefoil.artifact.SafeTensorsFile.Info;
import dev.trefoil.artifact.SafeTensorsWriter;
import dev.trefoil.family.Family;
import dev.trefoil.family.Family.Part;
import dev.trefoil.quant.BaseConfig;
import dev.trefoil.quant.Blueprint;
import dev.trefoil.quant.RowSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** A folder as {@code save_pretrained} writes it: config.json, one or many safetensors, tokenizer files. */
final class HuggingFaceOrigin implements Origin {

    private static final String SINGLE = "model.safetensors";
    private static final String INDEX = "model.safetensors.index.json";

    /** The head of a sequence classifier, which is kept beside the base. */
    private static final String SCORE = "score.weight";

    private static final String SCORE_FILE = "score.safetensors";
    private static final Set<String> READABLE = Set.of("F32", "F16", "BF16");
    private static final List<String> COMPANIONS = List.of(
            // The published configuration, which a merged checkpoint is written with again.
            "config.json",
            "tokenizer.json",
            "tokenizer_config.json",
            "special_tokens_map.json",
            "chat_template.jinja",
            "generation_config.json");

    private static final Set<String> SCORES = Set.of("score.weight", "classifier.weight");

    private final Path folder;
    private final Family family;
    private final Blueprint blueprint;
    private final List<SafeTensorsFile> files;
    /** By full published name: the file that holds it, and the name it has there. */
    private final Map<String, Stored> tensors = new LinkedHashMap<>();

    private Map<String, List<Part>> parts = Map.of();

    /**
     * Where a published tensor lies.
     *
     * @param name in that file
     */
    record Stored(SafeTensorsFile file, String name) {

        Info info() {
            return file.info(name);
        }
    }

    private HuggingFaceOrigin(Path folder, Family family, Blueprint blueprint, List<SafeTensorsFile> files) {
        this.folder = folder;
        this.family = family;
        this.blueprint = blueprint;
        this.files = files;
    }

    static HuggingFaceOrigin open(Path folder) {
        return open(folder, false);
    }

    /** A sequence classifier's decoder alone: without score head, and with the embedding for the LM head that it does not have. */
    static HuggingFaceOrigin openTrunk(Path folder) {
        return open(folder, true);
    }

    private static HuggingFaceOrigin open(Path folder, boolean trunk) {
        Path configFile = folder.resolve("config.json");
        if (!Files.isRegularFile(configFile)) {
            throw UserError.data(folder + ": found no config.json, wanted a Hugging Face checkpoint's folder");
        }
        JsonNode config = json(configFile);
        if (trunk && config instanceof ObjectNode object) {
            object.put("tie_word_embeddings", true);
        }
        String modelType = config.path("model_type").asText("");
        if (isClassifier(config) && config instanceof ObjectNode object) {
            // A classifier has no language head; the embedding stands in for it and is never asked.
            object.put("tie_word_embeddings", true);
        }
        Family family;
        try {
            family = Family.of(modelType);
        } catch (UserError unknown) {
            throw new UserError(unknown.code(), configFile + ": " + unknown.getMessage(), unknown);
        }
        Blueprint blueprint = family.blueprint(config, configFile.toString());
        List<SafeTensorsFile> files = new ArrayList<>();
        try {
            for (Path file : weightFiles(folder)) {
                files.add(SafeTensorsFile.open(file));
            }
            HuggingFaceOrigin origin = new HuggingFaceOrigin(folder, family, blueprint, files);
            origin.collect();
            if (trunk) {
                origin.tensors.keySet().removeAll(SCORES);
            } else if (!isClassifier(config)) {
                origin.refuseScores();
            }
            return origin;
        } catch (UserError fault) {
            files.forEach(SafeTensorsFile::close);
            throw fault;
        }
    }

    private void refuseScores() {
        for (String name : SCORES) {
            if (tensors.containsKey(name)) {
                throw UserError.data(
                        folder + ": found tensor '" + name + "' of a sequence classifier, wanted a causal language"
                                + " model, or ...ForSequenceClassification under architectures in config.json");
            }
        }
    }

    private static boolean isClassifier(JsonNode config) {
        return config.path("architectures").path(0).asText().endsWith("ForSequenceClassification");
    }

    private void collect() {
        for (SafeTensorsFile file : files) {
            for (String name : file.names()) {
                Stored before = tensors.put(family.published(name), new Stored(file, name));
                if (before != null) {
                    throw UserError.data(file.path() + ": tensor '" + name + "' is also in "
                            + before.file().path().getFileName() + "; wanted it once");
                }
            }
        }
    }

    private static JsonNode json(Path file) {
        try {
            JsonNode root = JsonMapper.builder().build().readTree(Files.readString(file));
            if (root.isObject()) {
                return root;
            }
            throw UserError.data(file + ": found no JSON object; the file is damaged or empty");
        } catch (JsonProcessingException notJson) {
            throw new UserError(ExitCode.CONFIG_OR_DATA, file + ": not JSON: " + notJson.getOriginalMessage(), notJson);
        } catch (IOException unreadable) {
            throw new UserError(ExitCode.CONFIG_OR_DATA, file + ": cannot be read as text", unreadable);
        }
    }

    private static List<Path> weightFiles(Path folder) {
        if (Files.isRegularFile(folder.resolve(SINGLE))) {
            return List.of(folder.resolve(SINGLE));
        }
        Path index = folder.resolve(INDEX);
        if (Files.isRegularFile(index)) {
            return indexed(folder, index);
        }
        List<String> pickles = names(folder, ".bin");
        if (!pickles.isEmpty()) {
            throw UserError.data(folder + ": found weights only as " + pickles.get(0)
                    + " (pickle, which can run code), wanted safetensors; convert once in Python:"
                    + " AutoModelForCausalLM.from_pretrained(DIR).save_pretrained(NEW, safe_serialization=True)");
        }
        throw UserError.data(folder + ": found neither " + SINGLE + " nor " + INDEX + "; wanted one of them");
    }

    private static List<Path> indexed(Path folder, Path index) {
        JsonNode map = json(index).path("weight_map");
        if (!map.isObject() || map.isEmpty()) {
            throw UserError.data(index + ": weight_map: found none, wanted tensor names with their files");
        }
        Set<String> shards = new TreeSet<>();
        map.forEach(value -> shards.add(value.asText()));
        List<Path> files = new ArrayList<>();
        for (String shard : shards) {
            if (!shard.matches("[A-Za-z0-9][A-Za-z0-9._-]*\\.safetensors")) {
                throw UserError.data(index + ": weight_map: found file '" + shard
                        + "', wanted a plain *.safetensors name in the same folder");
            }
            if (!Files.isRegularFile(folder.resolve(shard))) {
                throw UserError.data(folder.resolve(shard) + ": named in " + INDEX + " but missing; download it again");
            }
            files.add(folder.resolve(shard));
        }
        return files;
    }

    private static List<String> names(Path folder, String ending) {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.map(path -> path.getFileName().toString())
                    .filter(name -> name.endsWith(ending))
                    .sorted()
                    .toList();
        } catch (IOException unreadable) {
            throw new UserError(ExitCode.CONFIG_OR_DATA, folder + ": cannot be listed", unreadable);
        }
    }

    Family family() {
        return family;
    }

    /** Full published names of all tensors, in the order of the files. */
    List<String> names() {
        return List.copyOf(tensors.keySet());
    }

    /** A tensor by its full published name. */
    Stored stored(String name) {
        Stored stored = tensors.get(name);
        if (stored == null) {
            throw new IllegalArgumentException(folder + ": no tensor " + name);
        }
        return stored;
    }

    @Override
    public Blueprint blueprint() {
        return blueprint;
    }

    @Override
    public String kind() {
        return "huggingface";
    }

    @Override
    public String dtype() {
        Set<String> found = new TreeSet<>();
        tensors.values().forEach(stored -> found.add(stored.info().dtype()));
        return String.join("+", found);
    }

    @Override
    public List<Path> files() {
        List<Path> all = new ArrayList<>(List.of(folder.resolve("config.json")));
        files.forEach(file -> all.add(file.path()));
        return all;
    }

    @Override
    public List<String> check(BaseConfig config) {
        parts = family.parts(config);
        Set<String> used = new HashSet<>();
        for (List<Part> rows : parts.values()) {
            for (Part part : rows) {
                check(part);
                used.add(part.name());
            }
        }
        List<String> ignored = new ArrayList<>();
        for (String name : tensors.keySet()) {
            if (!used.contains(name) && !name.equals(SCORE)) {
                if (!family.ignorable(name, config)) {
                    throw UserError.data(tensors.get(name).file().path() + ": tensor '" + name + "' has no place in a "
                            + family.name() + " model of " + config.shape().layers()
                            + " layers as config.json describes it; wanted a matching config.json");
                }
                ignored.add(name);
            }
        }
        return ignored;
    }

    private void check(Part part) {
        Stored stored = tensors.get(part.name());
        if (stored == null) {
            throw UserError.data(folder + ": tensor '" + part.name() + "' is missing among the " + tensors.size()
                    + " found; wanted all weights that config.json describes");
        }
        Info info = stored.info();
        if (!READABLE.contains(info.dtype())) {
            throw UserError.data(stored.file().path() + ": tensor '" + part.name() + "': found dtype " + info.dtype()
                    + ", wanted F32, F16 or BF16");
        }
        long[] wanted = wanted(part, info);
        if (!Arrays.equals(info.shape(), wanted)) {
            throw UserError.data(stored.file().path() + ": tensor '" + part.name() + "': found shape "
                    + Arrays.toString(info.shape()) + ", wanted " + Arrays.toString(wanted) + " from config.json");
        }
    }

    private static long[] wanted(Part part, Info info) {
        if (part.rows() == 1 && info.shape().length == 1) {
            return new long[] {part.columns()};
        }
        return part.transposed()
                ? new long[] {part.columns(), part.rows()}
                : new long[] {part.skipped() + part.rows(), part.columns()};
    }

    @Override
    public RowSource rows(String canonical) {
        List<RowSource> sources = new ArrayList<>();
        for (Part part : parts.get(canonical)) {
            Stored stored = tensors.get(part.name());
            sources.add(PartRows.of(part, stored.file(), stored.name()));
        }
        return JoinedRows.of(sources);
    }

    @Override
    public void writeTokenizer(Path target) throws IOException {
        for (String name : COMPANIONS) {
            Path file = folder.resolve(name);
            if (Files.isRegularFile(file)) {
                Files.copy(file, target.resolve(name));
            }
        }
        if (tensors.containsKey(SCORE)) {
            writeScore(target.resolve(SCORE_FILE));
        }
    }

    private void writeScore(Path file) throws IOException {
        Stored stored = tensors.get(SCORE);
        int hidden = blueprint.shape().hiddenSize();
        long[] shape = stored.info().shape();
        if (shape.length != 2
                || shape[1] != hidden
                || !READABLE.contains(stored.info().dtype())) {
            throw UserError.data(stored.file().path() + ": tensor '" + SCORE + "': found "
                    + stored.info().dtype() + " " + Arrays.toString(shape) + ", wanted [labels, " + hidden
                    + "] in F32, F16 or BF16");
        }
        SafeTensorsWriter.write(
                file,
                Map.of(SCORE, SafeTensorsWriter.Tensor.of(stored.file().floats(stored.name()), shape)),
                Map.of("format", "pt"));
    }

    @Override
    public void close() {
        files.forEach(SafeTensorsFile::close);
    }
}
