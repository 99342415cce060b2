package dev.trefoil.quant;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trefoil.artifact.SafeTensorsFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RowQuantiserTest {

    @Test
    void roundsHalfToEvenAndKeepsZeroRows() {
        byte[] into = new byte[6];
        float[] row = {127, 0.5f, 1.5f, -2.5f, -127, 63};
        assertThat(RowQuantiser.quantise(row, 0, 6, into, 0)).isEqualTo(127);
        assertThat(into).containsExactly(127, 0, 2, -2, -127, 63);
        assertThat(RowQuantiser.quantise(new float[] {0, -0f}, 0, 2, into, 4)).isZero();
        assertThat(into).containsExactly(127, 0, 2, -2, 0, 0);
    }

    /** The published rows; the reference computes (1/absmax)*127, so a rounding tie may fall to the other side. */
    @ParameterizedTest
    @ValueSource(strings = {"int8_outliers", "int8_no_outliers", "int8_threshold_0", "int8_one_row"})
    void agreesWithTheOracle(String name) {
        Optional<Path> found = golden(name + "/data.safetensors");
        Assumptions.assumeTrue(found.isPresent(), "golden case " + name + " is not here");
        try (SafeTensorsFile data = SafeTensorsFile.open(found.get())) {
            int columns = (int) data.info("in.weight").shape()[1];
            float[] weight = data.floats("in.weight");
            float[] absmax = data.floats("SCB");
            long[] wanted = data.longs("CB");
            byte[] rows = new byte[weight.length];
            int ties = 0;
            for (int row = 0; row < absmax.length; row++) {
                assertThat(RowQuantiser.quantise(weight, row * columns, columns, rows, row * columns))
                        .isEqualTo(absmax[row]);
                for (int i = row * columns; i < (row + 1) * columns; i++) {
                    if (rows[i] != wanted[i]) {
                        ties++;
                        double exact = weight[i] * 127.0 / absmax[row];
                        assertThat(Math.abs(exact - Math.floor(exact) - 0.5)).isLessThan(1e-4);
                        assertThat(Math.abs(rows[i] - wanted[i])).isEqualTo(1);
                    }
                }
            }
            assertThat(ties).isLessThanOrEqualTo(1 + weight.length / 500);
        }
    }

    private static Optional<Path> golden(String path) {
        String shared = Optional.ofNullable(System.getenv("TREFOIL_SHARED")).orElse("../shared");
        return Stream.of(Path.of("src/test/resources/golden"), Path.of(shared, "oracle/golden"))
                .map(folder -> folder.resolve(path))
                .filter(Files::exists)
                .findFirst();
    }
}
