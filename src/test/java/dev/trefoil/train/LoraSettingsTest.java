package dev.trefoil.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trefoil.adapter.LoraConfig;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LoraSettingsTest {

    private static LoraSettings saving(List<String> modules) {
        return new LoraSettings(4, 8, 0, null, "ppo", true, Map.of("c_attn", 2), Map.of("c_attn", 6.0), modules);
    }

    @Test
    void a_family_fills_in_its_linears_and_the_rest_stays() {
        LoraConfig lora = saving(List.of("lm_head")).forFamily("gpt2");
        assertThat(lora.targetModules().names()).containsExactly("c_attn");
        assertThat(lora.fanInFanOut()).isTrue();
        assertThat(lora.rank("transformer.h.0.attn.c_attn")).isEqualTo(2);
        assertThat(lora.scaling("transformer.h.0.attn.c_attn")).isEqualTo(6 / Math.sqrt(2));
        assertThat(lora.modulesToSave()).containsExactly("lm_head");
        assertThat(saving(null).forFamily("gpt_neox").fanInFanOut()).isFalse();
    }

    @Test
    void only_sft_trains_a_module_in_full() {
        assertThatThrownBy(() -> saving(List.of("lm_head")).refuseModulesToSave())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("[lm_head]")
                .hasMessageContaining("sft");
        assertThatCode(() -> saving(List.of()).refuseModulesToSave()).doesNotThrowAnyException();
    }
}
