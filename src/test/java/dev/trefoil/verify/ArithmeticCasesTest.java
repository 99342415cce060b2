package dev.trefoil.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trefoil.UserError;
import dev.trefoil.artifact.SafeTensorsFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The golden cases of arithmetic pass, and fail when any of their tensors or numbers is changed. */
class ArithmeticCasesTest {

    private static final Path GOLDEN = Path.of("src/test/resources/golden");
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path temporary;

    private static CaseCheck check(String name) {
        if (name.startsWith("ppo_math")) {
            return new PpoMathCase();
        }
        return name.equals("ppo_controllers") ? new PpoControllersCase() : new OptimCases();
    }

    private static Deviations run(String name, Path folder) {
        try (GoldenCase golden = GoldenCase.open(folder)) {
            Deviations deviations = new Deviations(golden);
            check(name).check(golden, deviations);
            return deviations;
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ppo_math_classic",
                "ppo_math_v1",
                "ppo_controllers",
                "optim_adamw",
                "optim_adamw8bit",
                "optim_schedules"
            })
    void passes_and_leaves_nothing_unchecked(String name) {
        Deviations deviations = run(name, GOLDEN.resolve(name));
        assertThat(deviations.all()).allMatch(Deviation::ok);
        assertThat(deviations.ok()).isTrue();
        assertThat(deviations.unchecked()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"ppo_math_classic", "ppo_math_v1", "optim_adamw", "optim_adamw8bit"})
    void fails_when_one_number_of_an_expected_tensor_is_changed(String name) throws IOException {
        List<String> missed = new ArrayList<>();
        for (String tensor : expected(name)) {
            Path folder = copy(name);
            change(folder.resolve("data.safetensors"), tensor);
            if (run(name, folder).ok()) {
                missed.add(tensor);
            }
        }
        assertThat(missed).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"ppo_math_classic", "ppo_math_v1", "ppo_controllers", "optim_adamw", "optim_schedules"})
    void fails_when_an_expected_scalar_is_changed(String name) throws IOException {
        int numbers = changedScalars(
                JSON.readTree(GOLDEN.resolve(name).resolve("case.json").toFile()), -1);
        assertThat(numbers).isPositive();
        List<Integer> missed = new ArrayList<>();
        for (int i = 0; i < numbers; i++) {
            Path folder = copy(name);
            JsonNode json = JSON.readTree(folder.resolve("case.json").toFile());
            changedScalars(json, i);
            JSON.writeValue(folder.resolve("case.json").toFile(), json);
            if (run(name, folder).ok()) {
                missed.add(i);
            }
        }
        assertThat(missed).isEmpty();
    }

    @Test
    void a_setting_of_the_wrong_kind_is_told() throws IOException {
        Path folder = copy("ppo_math_classic");
        Path file = folder.resolve("case.json");
        Files.writeString(file, Files.readString(file).replace("\"kl_coef\": 0.2", "\"kl_coef\": \"high\""));
        assertThatThrownBy(() -> run("ppo_math_classic", folder))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("config.kl_coef: found \"high\", wanted a number");
    }

    @Test
    void a_folder_that_is_no_case_is_told() {
        assertThatThrownBy(() -> GoldenCase.open(temporary))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("case.json: no such file");
    }

    private static List<String> expected(String name) {
        try (GoldenCase golden = GoldenCase.open(GOLDEN.resolve(name))) {
            return golden.expected();
        }
    }

    private Path copy(String name) throws IOException {
        Path folder = Files.createDirectories(temporary.resolve("mutated-" + name));
        for (String file : List.of("case.json", "data.safetensors")) {
            Files.write(
                    folder.resolve(file),
                    Files.readAllBytes(GOLDEN.resolve(name).resolve(file)));
        }
        return folder;
    }

    /** Changes the last entry of a tensor: a float by a hundredth and a bit, a whole number by one. */
    private static void change(Path file, String tensor) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        int header = Math.toIntExact(Long.BYTES + bytes.getLong(0));
        try (SafeTensorsFile source = SafeTensorsFile.open(file)) {
            SafeTensorsFile.Info info = source.info(tensor);
            int end = header + Math.toIntExact(info.end());
            switch (info.dtype()) {
                case "F32" -> {
                    float old = bytes.getFloat(end - Float.BYTES);
                    bytes.putFloat(end - Float.BYTES, old + 0.01f * Math.abs(old) + 0.002f);
                }
                case "I64" -> bytes.putLong(end - Long.BYTES, 1 - bytes.getLong(end - Long.BYTES));
                case "U8" -> bytes.put(end - 1, (byte) (bytes.get(end - 1) ^ 1));
                default -> throw new IllegalStateException(info.dtype());
            }
        }
        Path target = file.resolveSibling("changed");
        Files.write(target, bytes.array());
        Files.move(target, file, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Counts the expected numbers under "scalars" and changes the one of that index; "kl" is an input that clipping may hide. */
    private static int changedScalars(JsonNode root, int index) {
        return walk(root.path("scalars"), index, 0);
    }

    private static int walk(JsonNode node, int index, int count) {
        int at = count;
        if (node instanceof ObjectNode object) {
            List<String> names = new ArrayList<>();
            object.fieldNames().forEachRemaining(names::add);
            names.remove("kl");
            for (String name : names) {
                if (object.get(name).isNumber()) {
                    if (at++ == index) {
                        object.put(name, changed(object.get(name).asDouble()));
                    }
                } else {
                    at = walk(object.get(name), index, at);
                }
            }
        } else if (node instanceof ArrayNode array) {
            for (int i = 0; i < array.size(); i++) {
                if (array.get(i).isNumber()) {
                    if (at++ == index) {
                        array.set(
                                i,
                                JSON.getNodeFactory()
                                        .numberNode(changed(array.get(i).asDouble())));
                    }
                } else {
                    at = walk(array.get(i), index, at);
                }
            }
        }
        return at;
    }

    private static double changed(double old) {
        return old + 0.01 * Math.abs(old) + 0.002;
    }
}
