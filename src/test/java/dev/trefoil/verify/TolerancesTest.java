package dev.trefoil.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.trefoil.UserError;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The forms of tolerance that cases use. */
class TolerancesTest {

    private static Tolerances parse(String json) {
        try {
            return Tolerances.parse(Path.of("case.json"), new ObjectMapper().readTree(json));
        } catch (JsonProcessingException malformed) {
            throw new IllegalArgumentException(malformed);
        }
    }

    @Test
    void numbers_for_everything_and_the_rule_for_gradients() {
        Tolerances tolerances = parse("{\"rtol\": 1e-4, \"atol\": 1e-5}");
        assertThat(tolerances.of("logits")).isEqualTo(Tolerance.fp32());
        assertThat(tolerances.of("grad.loss.x")).isEqualTo(Tolerance.gradient());
        assertThat(tolerances.of("k1.grad.vpreds")).isEqualTo(Tolerance.gradient());
        assertThat(tolerances.of("grad_x")).isEqualTo(Tolerance.fp32());
    }

    @Test
    void patterns_words_and_lists_of_names() {
        Tolerances tolerances = parse("""
                {"rtol": 1e-4, "atol": 1e-5,
                 "grad.*": {"rtol": 1e-3, "atol": "2e-4 * max|grad|"},
                 "after*": {"atol": 2e-5, "only_where": "|grad| > 1e-6"},
                 "int8.*": {"rtol": 0.01, "atol": 0.02, "relative_norm": 0.002},
                 "outlier_cols": "exact",
                 "CB, CA": "exact, but one step at rounding ties (a scale of 127/stats)",
                 "state* (bitsandbytes)": "|dequantised difference| <= 5e-5 * absmax",
                 "y_numpy vs y_bnb_cpu_eval": {"rtol": 1e-4, "atol": 1e-4}}
                """);
        assertThat(tolerances.of("grad.a").atolOfLargest()).isEqualTo(2e-4);
        assertThat(tolerances.of("after1.x")).isEqualTo(new Tolerance(1e-4, 2e-5, 0, 0, false, 0, 1e-6));
        assertThat(tolerances.of("int8.lora.logits").relativeNorm()).isEqualTo(0.002);
        assertThat(tolerances.of("outlier_cols")).isEqualTo(Tolerance.exactly());
        assertThat(tolerances.of("CA").steps()).isEqualTo(1);
        assertThat(tolerances.of("CB").exact()).isTrue();
        assertThat(tolerances.of("state2.4")).isEqualTo(Tolerance.of(0, 5e-5));
        assertThat(tolerances.of("y_numpy vs y_bnb_cpu_eval")).isEqualTo(Tolerance.of(1e-4, 1e-4));
    }

    @Test
    void one_word_for_all() {
        assertThat(parse("\"exact\"").of("grad.x")).isEqualTo(Tolerance.exactly());
    }

    @Test
    void a_form_that_is_not_understood_is_told() {
        assertThatThrownBy(() -> parse("{\"grad.*\": {\"atol\": \"loose\"}}"))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("tolerance.grad.*.atol");
    }
}
