package dev.trefoil.adapter;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * PEFT's adapter_config.json to and from {@link LoraConfig}.
 *
 * @param choosesLayers whether only some layers are adapted of those that the target modules match
 */
record PeftConfig(LoraConfig lora, boolean choosesLayers) {

    static final String FILE = "adapter_config.json";

    /** The heads that PEFT adds to modules_to_save for SEQ_CLS. */
    static final List<String> SEQ_CLS_HEADS = List.of("classifier", "score");

    /** Variants of LoRA that change the arithmetic: each is off when its key is absent, null, false or empty. */
    private static final Map<String, String> UNSUPPORTED = unsupported();

    private static final ObjectMapper JSON = JsonMapper.builder().build();

    private static Map<String, String> unsupported() {
        Map<String, String> keys = new LinkedHashMap<>();
        keys.put("use_dora", "DoRA");
        keys.put("use_qalora", "QALoRA");
        keys.put("use_bdlora", "block-diagonal LoRA");
        keys.put("lora_bias", "a bias beside lora_B");
        keys.put("alora_invocation_tokens", "activated LoRA");
        keys.put("layer_replication", "replicated layers");
        keys.put("trainable_token_indices", "trained embedding rows");
        keys.put("target_parameters", "LoRA on bare parameters");
        keys.put("arrow_config", "Arrow routing");
        keys.put("kasa_config", "KaSA");
        keys.put("monteclora_config", "MonteCLoRA");
        return keys;
    }

    /**
     * The file's text. Only keys that PEFT 0.10 already has are written, since older versions refuse unknown keys, and the newer
     * keys left out default to plain LoRA. The one exception is exclude_modules (newer), written only when it is set.
     *
     * @param targets as to be written; {@code all-linear} must have become names
     */
    static byte[] write(LoraAdapter adapter, TargetModules targets, String baseModelName, TaskType task) {
        LoraConfig config = adapter.config();
        Map<String, Object> root = new TreeMap<>();
        root.put("alpha_pattern", numbers(config.alphaPattern()));
        root.put("auto_mapping", null);
        root.put("base_model_name_or_path", baseModelName);
        root.put("bias", "none");
        root.put("fan_in_fan_out", config.fanInFanOut());
        root.put("inference_mode", true);
        root.put("init_lora_weights", true);
        root.put("layers_pattern", null);
        root.put("layers_to_transform", null);
        root.put("lora_alpha", number(config.alpha()));
        root.put("lora_dropout", config.dropout());
        root.put("modules_to_save", savedModules(adapter, task));
        root.put("peft_type", "LORA");
        root.put("r", config.r());
        root.put("rank_pattern", config.rankPattern());
        root.put("revision", null);
        root.put("target_modules", value(targets));
        root.put("task_type", task.name());
        root.put("use_rslora", config.rsLora());
        if (config.excludeModules() != null) {
            root.put("exclude_modules", value(config.excludeModules()));
        }
        DefaultPrettyPrinter printer = new DefaultPrettyPrinter()
                .withObjectIndenter(new DefaultIndenter("  ", "\n"))
                .withArrayIndenter(new DefaultIndenter("  ", "\n"));
        try {
            return (JSON.writer(printer).writeValueAsString(root) + "\n").getBytes(StandardCharsets.UTF_8);
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException("plain values always become JSON", impossible);
        }
    }

    private static Object value(TargetModules targets) {
        return targets.names() != null ? targets.names() : targets.pattern();
    }

    private static List<String> savedModules(LoraAdapter adapter, TaskType task) {
        Set<String> saved = new LinkedHashSet<>(task == TaskType.SEQ_CLS ? SEQ_CLS_HEADS : List.of());
        saved.addAll(adapter.config().modulesToSave());
        for (SavedModule module : adapter.savedModules()) {
            if (saved.stream().noneMatch(entry -> TargetModules.endsWithName(module.name(), entry))) {
                saved.add(module.name());
            }
        }
        return saved.isEmpty() ? null : List.copyOf(saved);
    }

    private static Map<String, Number> numbers(Map<String, Double> values) {
        Map<String, Number> numbers = new LinkedHashMap<>();
        values.forEach((key, value) -> numbers.put(key, number(value)));
        return numbers;
    }

    /** PEFT writes whole alphas as integers, and some versions take no other. */
    private static Number number(double value) {
        if (value == Math.rint(value) && Math.abs(value) < Integer.MAX_VALUE) {
            return (int) value;
        }
        return value;
    }

    /**
     * Reads the file of a LoRA folder.
     *
     * @throws UserError if it is missing or no JSON, of another PEFT method, or of a variant that changes LoRA's arithmetic
     */
    static PeftConfig read(Path folder) {
        Path file = folder.resolve(FILE);
        JsonNode root = parse(file);
        refuseOtherMethods(file, root);
        refuseVariants(file, root);
        Map<String, Integer> ranks = new LinkedHashMap<>();
        root.path("rank_pattern")
                .properties()
                .forEach(e -> ranks.put(e.getKey(), integer(file, e.getKey(), e.getValue())));
        Map<String, Double> alphas = new LinkedHashMap<>();
        root.path("alpha_pattern")
                .properties()
                .forEach(e -> alphas.put(e.getKey(), decimal(file, e.getKey(), e.getValue())));
        LoraConfig lora = new LoraConfig(
                integer(file, "r", root.path("r")),
                decimal(file, "lora_alpha", root.path("lora_alpha")),
                root.path("lora_dropout").asDouble(0),
                targets(file, root.path("target_modules")),
                targets(file, root.path("exclude_modules")),
                root.path("use_rslora").asBoolean(false),
                ranks,
                alphas,
                strings(root.path("modules_to_save")),
                task(file, root.path("task_type")),
                root.path("fan_in_fan_out").asBoolean(false));
        return new PeftConfig(lora, isOn(root.path("layers_to_transform")));
    }

    private static JsonNode parse(Path file) {
        JsonNode root;
        try {
            root = JSON.readTree(Files.readAllBytes(file));
        } catch (JsonProcessingException broken) {
            throw new UserError(
                    ExitCode.CONFIG_OR_DATA, file + ": no valid JSON: " + broken.getOriginalMessage(), broken);
        } catch (IOException missing) {
            throw new UserError(
                    ExitCode.CONFIG_OR_DATA,
                    file + ": cannot be read; wanted a folder that PEFT's save_pretrained wrote, with " + FILE
                            + " and adapter_model.safetensors",
                    missing);
        }
        if (!root.isObject()) {
            throw UserError.data(file + ": found no JSON object; copy or save the adapter again");
        }
        return root;
    }

    private static void refuseOtherMethods(Path file, JsonNode root) {
        String type = root.path("peft_type").asText("none");
        if (!type.equals("LORA")) {
            throw UserError.data(
                    file + " peft_type: found " + type + ", wanted LORA, the one method of PEFT that is read here");
        }
        String bias = root.path("bias").asText("none");
        if (!bias.equals("none")) {
            throw UserError.data(
                    file + " bias: found \"" + bias + "\", wanted \"none\": trained biases belong to the base, which "
                            + "is never changed; train the adapter with bias none, or merge it into its base with PEFT");
        }
    }

    private static void refuseVariants(Path file, JsonNode root) {
        UNSUPPORTED.forEach((key, words) -> {
            if (isOn(root.path(key))) {
                throw UserError.data(
                        file + " " + key + ": found " + root.path(key) + ": " + words
                                + " is not read here; merge the adapter into its base with PEFT's merge_and_unload and prepare that");
            }
        });
        String init = root.path("init_lora_weights").asText("true");
        if (List.of("pissa", "olora", "corda", "loftq", "lora_ga").stream().anyMatch(init::startsWith)) {
            throw UserError.data(
                    file + " init_lora_weights: found \"" + init + "\", which also changed the base's weights; save it "
                            + "with PEFT's path_initial_model_for_weight_conversion to get an adapter for the published base");
        }
    }

    private static boolean isOn(JsonNode node) {
        return !(node.isMissingNode()
                || node.isNull()
                || node.isContainerNode() && node.isEmpty()
                || node.isBoolean() && !node.booleanValue());
    }

    private static TargetModules targets(Path file, JsonNode node) {
        if (node.isMissingNode() || node.isNull() || node.isArray() && node.isEmpty()) {
            return null;
        }
        if (node.isTextual()) {
            return TargetModules.pattern(node.textValue());
        }
        if (!node.isArray()) {
            throw UserError.data(file + " target_modules: found " + node + ", wanted a list of names or a string");
        }
        return TargetModules.names(strings(node));
    }

    private static List<String> strings(JsonNode node) {
        List<String> strings = new ArrayList<>();
        node.elements().forEachRemaining(element -> strings.add(element.asText()));
        return strings;
    }

    private static TaskType task(Path file, JsonNode node) {
        String name = node.asText("null");
        return switch (name) {
            case "null", "", "CAUSAL_LM" -> TaskType.CAUSAL_LM;
            case "SEQ_CLS" -> TaskType.SEQ_CLS;
            default ->
                throw UserError.data(file + " task_type: found " + name
                        + ", wanted CAUSAL_LM (a language model) or SEQ_CLS (a reward model)");
        };
    }

    private static int integer(Path file, String key, JsonNode node) {
        if (!node.isIntegralNumber()) {
            throw UserError.data(file + " " + key + ": found " + found(node) + ", wanted a whole number");
        }
        return node.intValue();
    }

    private static double decimal(Path file, String key, JsonNode node) {
        if (!node.isNumber()) {
            throw UserError.data(file + " " + key + ": found " + found(node) + ", wanted a number");
        }
        return node.doubleValue();
    }

    private static String found(JsonNode node) {
        return node.isMissingNode() ? "nothing" : node.toString();
    }
}
