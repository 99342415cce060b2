package dev.trefoil.family;

import com.fasterxml.jackson.databind.JsonNode;
import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import dev.trefoil.quant.RopeScaling;
import dev.trefoil.quant.Switches.Activation;
import dev.trefoil.quant.Tokens;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * A Hugging Face config.json with the spellings of transformers 4 and 5.
 *
 * @param where names the file in messages
 */
record PublishedConfig(JsonNode node, String where) {

    UserError fault(String message) {
        return UserError.data(where + ": " + message);
    }

    /** Turns a record's complaint about its values into one about this file. */
    <T> T checked(Supplier<T> making) {
        try {
            return making.get();
        } catch (IllegalArgumentException outOfRange) {
            throw new UserError(ExitCode.CONFIG_OR_DATA, where + ": " + outOfRange.getMessage(), outOfRange);
        }
    }

    void refuse(String key, String wanted) {
        if (node.hasNonNull(key)) {
            throw fault(key + ": found, but wanted " + wanted);
        }
    }

    void refuseUnless(String key, boolean wanted) {
        if (flag(key, wanted) != wanted) {
            throw fault(key + ": found " + !wanted + ", wanted " + wanted
                    + ": that variant of the family is not supported");
        }
    }

    /** Whether a key is there and says that there is no value. */
    boolean isNull(String key) {
        return node.has(key) && node.get(key).isNull();
    }

    /** The first of two spellings that is there. */
    String either(String first, String second) {
        return node.hasNonNull(first) || !node.hasNonNull(second) ? first : second;
    }

    int headDim(int hidden, int heads) {
        if (hidden % heads != 0) {
            throw fault(
                    "found a hidden size of " + hidden + " and " + heads + " heads, wanted a multiple of the heads");
        }
        return hidden / heads;
    }

    int size(String key) {
        if (!node.hasNonNull(key)) {
            throw fault(key + ": missing, wanted a whole number > 0");
        }
        return size(key, 0);
    }

    int size(String key, int otherwise) {
        return node.hasNonNull(key) ? size(key, node.get(key)) : otherwise;
    }

    private int size(String key, JsonNode value) {
        if (!value.isIntegralNumber() || !value.canConvertToInt() || value.intValue() <= 0) {
            throw fault(key + ": found " + value + ", wanted a whole number > 0");
        }
        return value.intValue();
    }

    /** As {@link #size(String, int)}, and 0 is a value. */
    int count(String key, int otherwise) {
        return node.path(key).asInt(-1) == 0 ? 0 : size(key, otherwise);
    }

    /** A list of whole numbers; empty when it is missing. */
    List<Integer> integers(String key) {
        List<Integer> values = new ArrayList<>();
        for (JsonNode value : node.path(key)) {
            if (!value.isIntegralNumber()) {
                throw fault(key + ": found " + value + ", wanted whole numbers");
            }
            values.add(value.intValue());
        }
        return values;
    }

    /** A list of words; empty when it is missing. */
    List<String> texts(String key) {
        List<String> values = new ArrayList<>();
        node.path(key).forEach(value -> values.add(value.asText()));
        return values;
    }

    double number(String key, double otherwise) {
        return number(node, key, otherwise);
    }

    private double number(JsonNode holder, String key, double otherwise) {
        if (!holder.hasNonNull(key)) {
            return otherwise;
        }
        if (!holder.get(key).isNumber()) {
            throw fault(key + ": found " + holder.get(key) + ", wanted a number");
        }
        return holder.get(key).doubleValue();
    }

    boolean flag(String key, boolean otherwise) {
        if (!node.hasNonNull(key)) {
            return otherwise;
        }
        if (!node.get(key).isBoolean()) {
            throw fault(key + ": found " + node.get(key) + ", wanted true or false");
        }
        return node.get(key).booleanValue();
    }

    /** transformers 5 keeps theta and scaling together in rope_parameters, 4 keeps rope_theta beside rope_scaling. */
    double ropeTheta(String oldKey, double otherwise) {
        return number(node.path(ropeKey()), "rope_theta", number(oldKey, otherwise));
    }

    int rotaryDims(String oldKey, double otherwise, int headDim) {
        double old = number(oldKey, otherwise);
        return (int) (headDim * number(node.path(ropeKey()), "partial_rotary_factor", old));
    }

    private String ropeKey() {
        return node.path("rope_parameters").isObject() ? "rope_parameters" : "rope_scaling";
    }

    RopeScaling ropeScaling() {
        String key = ropeKey();
        JsonNode rope = node.path(key);
        if (!rope.isObject()) {
            return RopeScaling.none();
        }
        String type = rope.path("rope_type").asText(rope.path("type").asText("default"));
        return switch (type) {
            // Dynamic scaling changes nothing up to the context length, and no text here is longer.
            case "default", "dynamic" -> RopeScaling.none();
            case "linear" -> RopeScaling.linear(required(rope, key, "factor"));
            case "llama3" ->
                RopeScaling.llama3(
                        required(rope, key, "factor"),
                        required(rope, key, "low_freq_factor"),
                        required(rope, key, "high_freq_factor"),
                        originalContext(rope));
            case "yarn" -> yarn(rope, key);
            default ->
                throw fault(key + ": found rope type '" + type + "', wanted default, linear, dynamic, llama3 or yarn");
        };
    }

    /** By transformers' rules, its defaults for missing keys included. */
    private RopeScaling yarn(JsonNode rope, String key) {
        if (!rope.path("truncate").asBoolean(true)) {
            throw fault(key + ".truncate: found false, wanted true: that variant of YaRN is not supported");
        }
        int original = originalContext(rope);
        double factor = number(rope, "factor", (double) size("max_position_embeddings") / original);
        double m = number(rope, "mscale", 0);
        double mOfAll = number(rope, "mscale_all_dim", 0);
        double usual = m != 0 && mOfAll != 0
                ? RopeScaling.attentionFactor(factor, m) / RopeScaling.attentionFactor(factor, mOfAll)
                : RopeScaling.attentionFactor(factor, 1);
        return RopeScaling.yarn(
                factor,
                number(rope, "beta_slow", RopeScaling.BETA_SLOW),
                number(rope, "beta_fast", RopeScaling.BETA_FAST),
                original,
                number(rope, "attention_factor", usual));
    }

    private int originalContext(JsonNode rope) {
        String key = "original_max_position_embeddings";
        return size(key, (int) number(rope, key, size("max_position_embeddings")));
    }

    private double required(JsonNode holder, String key, String name) {
        double value = number(holder, name, Double.NaN);
        if (Double.isNaN(value)) {
            throw fault(key + "." + name + ": missing, wanted a number");
        }
        return value;
    }

    Activation activation(String key, Activation otherwise) {
        if (!node.hasNonNull(key)) {
            return otherwise;
        }
        String name = node.get(key).asText();
        return switch (name) {
            case "silu", "swish" -> Activation.SILU;
            case "gelu" -> Activation.GELU;
            case "gelu_new", "gelu_fast", "gelu_pytorch_tanh" -> Activation.GELU_TANH;
            case "relu" -> Activation.RELU;
            default -> throw fault(key + ": found '" + name + "', wanted silu, gelu, gelu_new, gelu_fast or relu");
        };
    }

    Tokens tokens() {
        List<Integer> eos = new ArrayList<>();
        JsonNode value = node.path("eos_token_id");
        if (value.isArray()) {
            value.forEach(id -> eos.add(id("eos_token_id", id)));
        } else if (node.hasNonNull("eos_token_id")) {
            eos.add(id("eos_token_id", value));
        }
        return new Tokens(id("bos_token_id"), eos, id("pad_token_id"));
    }

    /** Negative ids stand for none in some old files. */
    private Integer id(String key) {
        if (!node.hasNonNull(key) || node.get(key).asInt(0) < 0) {
            return null;
        }
        return id(key, node.get(key));
    }

    private Integer id(String key, JsonNode value) {
        if (!value.isIntegralNumber() || !value.canConvertToInt() || value.intValue() < 0) {
            throw fault(key + ": found " + value + ", wanted a token id");
        }
        return value.intValue();
    }
}
