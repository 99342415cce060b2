package dev.trefoil.verify;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What counts as a deviation. */
class DeviationsTest {

    private final GoldenCase golden = GoldenCase.open(Path.of("src/test/resources/golden/optim_adamw"));
    private final Deviations deviations = new Deviations(golden);

    @AfterEach
    void close() {
        golden.close();
    }

    private Deviation last() {
        return deviations.all().get(deviations.all().size() - 1);
    }

    @Test
    void a_difference_is_measured_in_multiples_of_what_is_allowed() {
        deviations.compare("x", new float[] {1, 2.0002f}, new float[] {1, 2});
        assertThat(last().ok()).isTrue();
        assertThat(last().ofTolerance()).isBetween(0.9, 1.0);
        deviations.compare("x", new float[] {1, 2.0003f}, new float[] {1, 2});
        assertThat(last().ok()).isFalse();
        assertThat(deviations.ok()).isFalse();
    }

    @Test
    void masked_entries_do_not_count_and_infinities_may_agree() {
        float minus = Float.NEGATIVE_INFINITY;
        deviations.compare("x", new float[] {9, minus}, new float[] {1, minus}, new boolean[] {false, true});
        assertThat(last().ok()).isTrue();
        assertThat(last().compared()).isEqualTo(1);
    }

    @Test
    void a_result_that_is_no_number_or_of_another_length_fails() {
        deviations.compare("x", new float[] {Float.NaN}, new float[] {1});
        assertThat(last().ok()).isFalse();
        deviations.compare("x", new float[] {Float.NaN}, new float[] {1}, null, Tolerance.norm(0.1));
        assertThat(last().ok()).isFalse();
        deviations.compare("x", new float[2], new float[1]);
        assertThat(last().remark()).isEqualTo("got 2 numbers, want 1");
        deviations.exact("text", "a", "b");
        assertThat(last().remark()).isEqualTo("got a, want b");
    }

    @Test
    void a_relative_norm_forgives_single_entries() {
        float[] want = {100, 0.001f};
        deviations.compare("x", new float[] {100, 0.1f}, want, null, Tolerance.norm(2e-3));
        assertThat(last().ok()).isTrue();
        deviations.compare("x", new float[] {101, 0.001f}, want, null, Tolerance.norm(2e-3));
        assertThat(last().ok()).isFalse();
    }

    @Test
    void nothing_compared_is_not_in_order() {
        assertThat(deviations.ok()).isFalse();
        assertThat(deviations.unchecked()).contains("param.1.0");
    }
}
