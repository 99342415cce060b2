package dev.trefoil.verify;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.trefoil.UserError;
import dev.trefoil.artifact.SafeTensorsFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A folder of golden numbers: {@code case.json} (settings, expected scalars, tolerances) and {@code data.safetensors} (tensors
 * {@code in.*} are inputs, all others are expected), and models and adapters beside them.
 */
public final class GoldenCase implements AutoCloseable {

    private final Path folder;
    private final JsonNode json;
    private final SafeTensorsFile data;
    private final Tolerances tolerances;

    private GoldenCase(Path folder, JsonNode json, SafeTensorsFile data, Tolerances tolerances) {
        this.folder = folder;
        this.json = json;
        this.data = data;
        this.tolerances = tolerances;
    }

    /**
     * Opens a case folder.
     *
     * @throws UserError if {@code case.json} or {@code data.safetensors} is missing or cannot be read
     */
    public static GoldenCase open(Path folder) {
        Path file = folder.resolve("case.json");
        JsonNode json = read(file);
        Tolerances tolerances = Tolerances.parse(file, json.path("tolerance"));
        return new GoldenCase(folder, json, SafeTensorsFile.open(folder.resolve("data.safetensors")), tolerances);
    }

    /** The folder; paths in {@link #config()} are relative to it. */
    public Path folder() {
        return folder;
    }

    /** The name of the folder. */
    public String name() {
        return folder.toAbsolutePath().normalize().getFileName().toString();
    }

    /** What the case is, in words. */
    public String what() {
        return json.path("what").asText();
    }

    /** The settings; a missing node where there are none. */
    public JsonNode config() {
        return json.path("config");
    }

    /**
     * A number of {@link #config()}.
     *
     * @throws UserError if there is no such number
     */
    public double setting(String key) {
        return number("config", key);
    }

    /** The expected numbers, texts and lists that are no tensors; nested. */
    public JsonNode scalars() {
        return json.path("scalars");
    }

    /**
     * An expected number.
     *
     * @throws UserError if there is no such number
     */
    public double scalar(String key) {
        return number("scalars", key);
    }

    /** Names of all tensors, inputs included, in the order of the file. */
    public List<String> tensors() {
        return data.names();
    }

    /** Names of the expected tensors. */
    public List<String> expected() {
        return data.names().stream()
                .filter(name -> !name.startsWith("in.") && !name.equals("unused"))
                .toList();
    }

    public boolean has(String tensor) {
        return data.names().contains(tensor);
    }

    /** A tensor as float32, row-major. */
    public float[] floats(String tensor) {
        return data.floats(tensor);
    }

    /** A tensor of whole numbers. */
    public long[] longs(String tensor) {
        return data.longs(tensor);
    }

    /** A tensor of whole numbers that fit an int, such as token ids. */
    public int[] ints(String tensor) {
        long[] longs = data.longs(tensor);
        int[] ints = new int[longs.length];
        for (int i = 0; i < ints.length; i++) {
            ints[i] = Math.toIntExact(longs[i]);
        }
        return ints;
    }

    /** A mask: true where the whole number is not 0. */
    public boolean[] mask(String tensor) {
        long[] longs = data.longs(tensor);
        boolean[] mask = new boolean[longs.length];
        for (int i = 0; i < mask.length; i++) {
            mask[i] = longs[i] != 0;
        }
        return mask;
    }

    public long[] shape(String tensor) {
        return data.info(tensor).shape().clone();
    }

    /** How far a quantity may be off: the case's own rule for it, or the default. */
    public Tolerance tolerance(String quantity) {
        return tolerances.of(quantity);
    }

    @Override
    public void close() {
        data.close();
    }

    private double number(String section, String key) {
        JsonNode node = json.path(section).path(key);
        if (!node.isNumber()) {
            throw UserError.data(folder.resolve("case.json") + ": " + section + "." + key + ": found "
                    + (node.isMissingNode() ? "nothing" : node.toString()) + ", wanted a number");
        }
        return node.asDouble();
    }

    private static JsonNode read(Path file) {
        if (!Files.isRegularFile(file)) {
            throw UserError.data(file + ": no such file; a case is a folder with case.json and data.safetensors");
        }
        try {
            return new ObjectMapper().readTree(file.toFile());
        } catch (JsonProcessingException malformed) {
            throw UserError.data(file + ": not JSON: " + malformed.getOriginalMessage());
        } catch (IOException unreadable) {
            throw UserError.data(file + ": cannot be read: " + unreadable.getMessage());
        }
    }
}
