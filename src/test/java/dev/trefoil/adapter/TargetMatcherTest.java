package dev.trefoil.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TargetMatcherTest {

    private static List<String> modules(LoraConfig config) {
        return TargetMatcher.match(config, TinyLlama.sites()).stream()
                .map(LinearSite::module)
                .toList();
    }

    private static LoraConfig config(TargetModules targets, TargetModules excluded) {
        return new LoraConfig(4, 8, 0, targets, excluded, false, null, null, null, null, false);
    }

    @Test
    void a_list_entry_is_a_name_or_its_end_after_a_dot() {
        assertThat(modules(TinyLlama.config("q_proj", "model.layers.1.mlp.down_proj")))
                .containsExactly(
                        "model.layers.0.self_attn.q_proj",
                        "model.layers.1.self_attn.q_proj",
                        "model.layers.1.mlp.down_proj");
        assertThatThrownBy(() -> modules(TinyLlama.config("proj"))).isInstanceOf(UserError.class);
    }

    @Test
    void a_string_is_an_expression_for_the_whole_name() {
        assertThat(modules(config(TargetModules.pattern(".*layers\\.0.*(q|v)_proj"), null)))
                .containsExactly("model.layers.0.self_attn.q_proj", "model.layers.0.self_attn.v_proj");
        assertThatThrownBy(() -> modules(config(TargetModules.pattern("q_proj"), null)))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("must match a whole name such as model.layers.0.self_attn.q_proj");
    }

    @Test
    void all_linear_is_every_linear_and_exclusion_takes_some_out() {
        assertThat(modules(config(TargetModules.allLinear(), null))).hasSize(14);
        assertThat(modules(config(TargetModules.allLinear(), TargetModules.names("down_proj"))))
                .hasSize(12);
        assertThatThrownBy(() -> modules(config(TargetModules.names("q_proj"), TargetModules.pattern(".*"))))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("exclude_modules");
    }

    @Test
    void an_entry_that_matches_nothing_is_named_with_its_neighbours() {
        assertThatThrownBy(() -> modules(TinyLlama.config("q_proj", "v_prj")))
                .isInstanceOfSatisfying(
                        UserError.class, error -> assertThat(error.code()).isEqualTo(ExitCode.CONFIG_OR_DATA))
                .hasMessageContaining("\"v_prj\" matches no linear")
                .hasMessageContaining("nearest: v_proj")
                .hasMessageContaining("q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj");
    }

    @Test
    void settings_out_of_range_are_refused() {
        assertThatThrownBy(() -> LoraConfig.of(0, 8, 0, null)).hasMessageContaining("r: must be at least 1, was 0");
        assertThatThrownBy(() -> LoraConfig.of(4, -1, 0, null)).hasMessageContaining("alpha");
        assertThatThrownBy(() -> LoraConfig.of(4, 8, 1, null)).hasMessageContaining("dropout");
        assertThatThrownBy(() -> TargetModules.pattern("(q"))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("(q");
        assertThatThrownBy(() -> TargetModules.of(3)).isInstanceOf(UserError.class);
        assertThat(TargetModules.of(null)).isNull();
        assertThat(TargetModules.of(List.of("a", "b"))).isEqualTo(TargetModules.names("a", "b"));
    }

    @Test
    void ranks_and_alphas_by_pattern_change_the_scaling() {
        LoraConfig config = new LoraConfig(
                4,
                8,
                0,
                TargetModules.allLinear(),
                null,
                true,
                Map.of("q_proj", 16, "layers.1.*v_proj", 9),
                Map.of("self_attn.q_proj", 32.0),
                null,
                null,
                false);
        assertThat(config.rank("model.layers.0.self_attn.q_proj")).isEqualTo(16);
        assertThat(config.scaling("model.layers.0.self_attn.q_proj")).isEqualTo(32 / 4.0);
        assertThat(config.rank("model.layers.1.self_attn.v_proj")).isEqualTo(9);
        assertThat(config.scaling("model.layers.1.self_attn.v_proj")).isEqualTo(8 / 3.0);
        assertThat(config.scaling("model.layers.0.self_attn.v_proj")).isEqualTo(8 / 2.0);
    }
}
