package dev.trefoil.verify;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trefoil.artifact.SafeTensorsFile;
import dev.trefoil.artifact.SafeTensorsWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The reward model of the reference implementation: scores, losses and gradients. */
class RewardCaseTest {

    private static final Path GOLDEN = Path.of("src/test/resources/golden/reward_llama");

    @TempDir
    Path temporary;

    private static Deviations run(Path folder) {
        try (GoldenCase golden = GoldenCase.open(folder)) {
            Deviations deviations = new Deviations(golden);
            new RewardCase().check(golden, deviations);
            return deviations;
        }
    }

    @Test
    void passes_and_leaves_nothing_unchecked() {
        Deviations deviations = run(GOLDEN);
        assertThat(deviations.all()).allMatch(Deviation::ok);
        assertThat(deviations.unchecked()).isEmpty();
    }

    @Test
    void fails_when_a_score_or_a_gradient_is_changed() throws IOException {
        for (String tensor : List.of("scores", "scores_base", "grad.loss_center.base_model.model.score.weight")) {
            Path changed = copy(temporary.resolve(tensor));
            change(changed.resolve("data.safetensors"), tensor);
            assertThat(run(changed).ok()).as(tensor).isFalse();
        }
    }

    @Test
    void fails_when_a_number_of_the_case_is_changed() throws IOException {
        for (String key : List.of("loss", "loss_margin", "center_term", "loss_center", "accuracy", "mean_margin")) {
            Path changed = copy(temporary.resolve(key));
            Path json = changed.resolve("case.json");
            String text = Files.readString(json);
            String other = text.replaceFirst("(\"" + key + "\": )-?[0-9.]+", "$10.123");
            assertThat(other).isNotEqualTo(text);
            Files.writeString(json, other);
            assertThat(run(changed).ok()).as(key).isFalse();
        }
    }

    private static Path copy(Path target) throws IOException {
        try (Stream<Path> all = Files.walk(GOLDEN)) {
            for (Path path : (Iterable<Path>) all::iterator) {
                Path to = target.resolve(GOLDEN.relativize(path).toString());
                if (Files.isDirectory(path)) {
                    Files.createDirectories(to);
                } else {
                    Files.copy(path, to);
                }
            }
        }
        return target;
    }

    private static void change(Path file, String tensor) throws IOException {
        Map<String, SafeTensorsWriter.Tensor> all = new LinkedHashMap<>();
        try (SafeTensorsFile source = SafeTensorsFile.open(file)) {
            for (String name : source.names()) {
                ByteBuffer bytes = source.bytes(name).duplicate();
                ByteBuffer copy = ByteBuffer.allocate(bytes.remaining()).order(ByteOrder.LITTLE_ENDIAN);
                copy.put(bytes).flip();
                if (name.equals(tensor)) {
                    copy.putFloat(0, copy.getFloat(0) + 0.05f);
                }
                all.put(
                        name,
                        new SafeTensorsWriter.Tensor(
                                source.info(name).dtype(), source.info(name).shape(), copy));
            }
        }
        SafeTensorsWriter.write(file, all);
    }
}
