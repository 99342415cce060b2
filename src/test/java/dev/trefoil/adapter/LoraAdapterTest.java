package dev.trefoil.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trefoil.UserError;
import java.nio.FloatBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

class LoraAdapterTest {

    private final LoraAdapter adapter = LoraAdapter.create(
            "reward",
            TinyLlama.config("q_proj", "down_proj"),
            TinyLlama.sites(),
            List.of(SavedModule.shape("score", 1, 48)),
            42);

    @Test
    void parts_lie_one_behind_the_other() {
        int offset = 0;
        for (LoraModule module : adapter.modules()) {
            assertThat(module.offsetA()).isEqualTo(offset);
            assertThat(module.offsetB()).isEqualTo(offset + module.lengthA());
            offset += module.lengthA() + module.lengthB();
        }
        assertThat(adapter.savedModule("score")).contains(new SavedModule("score", 1, 48, offset));
        assertThat(adapter.parameterCount()).isEqualTo(offset + 48);
        assertThat(adapter.values().isDirect()).isTrue();
        assertThat(adapter.valueBytes().alignmentOffset(0, 64)).isZero();
        assertThat(adapter.gradients().capacity()).isEqualTo(adapter.parameterCount());
    }

    @Test
    void a_is_uniform_within_one_over_the_root_of_its_inputs_and_b_is_zero() {
        for (LoraModule module : adapter.modules()) {
            float bound = (float) (1 / Math.sqrt(module.site().columns()));
            float[] a = new float[module.lengthA()];
            adapter.a(module).get(a);
            double square = 0;
            for (float value : a) {
                assertThat(value).isBetween(-bound, bound);
                square += value * value / a.length;
            }
            assertThat(square).isBetween(bound * bound * 0.24, bound * bound * 0.43);
            FloatBuffer b = adapter.b(module);
            while (b.hasRemaining()) {
                assertThat(b.get()).isZero();
            }
        }
    }

    @Test
    void the_seed_decides_and_a_module_does_not_depend_on_its_neighbours() {
        LoraAdapter wider =
                LoraAdapter.create("reward", LoraConfig.of(4, 8, 0, TargetModules.allLinear()), TinyLlama.sites(), 42);
        LoraModule module = adapter.modules().get(2);
        LoraModule same = wider.modules().stream()
                .filter(other -> other.site().equals(module.site()))
                .findFirst()
                .orElseThrow();
        assertThat(wider.a(same)).isEqualTo(adapter.a(module));
        LoraAdapter other = LoraAdapter.create("reward", adapter.config(), TinyLlama.sites(), 43);
        assertThat(other.a(other.modules().get(2))).isNotEqualTo(adapter.a(module));
    }

    @Test
    void frozen_views_share_the_parameters_and_copies_do_not() {
        LoraAdapter frozen = adapter.frozen();
        LoraAdapter copy = adapter.copy("best");
        adapter.savedValues("score").put(0, 3);
        assertThat(frozen.savedValues("score").get(0)).isEqualTo(3);
        assertThat(copy.savedValues("score").get(0)).isZero();
        assertThatThrownBy(frozen::gradients).hasMessageContaining("frozen");
        assertThatThrownBy(() -> adapter.savedValues("lm_head"))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("holds no lm_head weight");
    }
}
