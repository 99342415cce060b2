package dev.trefoil.family;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.trefoil.UserError;
import dev.trefoil.adapter.LinearSite;
import dev.trefoil.adapter.RowOrder;
import dev.trefoil.quant.BaseConfig;
import dev.trefoil.quant.BaseLayout;
import dev.trefoil.quant.Precision;
import dev.trefoil.quant.Switches;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FamilyTest {

    private static final Map<String, String> SIZES = Map.of(
            "gpt_neox",
            "'vocab_size':20,'hidden_size':48,'num_hidden_layers':2,'num_attention_heads':6,'intermediate_size':96,"
                    + "'max_position_embeddings':64,'rotary_pct':0.25",
            "gpt2",
            "'vocab_size':20,'n_embd':48,'n_layer':2,'n_head':6,'n_positions':64",
            "bloom",
            "'vocab_size':20,'n_embed':48,'n_layer':2,'num_attention_heads':6",
            "opt",
            "'vocab_size':20,'hidden_size':48,'num_hidden_layers':2,'num_attention_heads':6,'ffn_dim':96,"
                    + "'max_position_embeddings':64",
            "qwen3",
            "'vocab_size':20,'hidden_size':48,'num_hidden_layers':2,'num_attention_heads':6,'num_key_value_heads':2,"
                    + "'intermediate_size':96,'max_position_embeddings':64,'head_dim':12");

    private static BaseConfig read(String modelType, String more) {
        try {
            JsonNode node =
                    JsonMapper.builder().build().readTree(("{" + SIZES.get(modelType) + more + "}").replace('\'', '"'));
            return BaseConfig.draft(
                    Family.of(modelType).blueprint(node, "config.json"),
                    Precision.FP32,
                    Precision.FP32,
                    new BaseConfig.Source("test", "", "", Map.of()));
        } catch (IOException wrong) {
            throw new IllegalArgumentException(wrong);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "gpt_neox, embed_out, gpt_neox.layers.1.attention.query_key_value, 8",
        "gpt2, lm_head, transformer.h.1.attn.c_attn, 8",
        "bloom, lm_head, transformer.h.1.self_attention.query_key_value, 8",
        "opt, lm_head, model.decoder.layers.1.self_attn.q_proj, 12",
        "qwen3, lm_head, model.layers.1.self_attn.q_proj, 14"
    })
    void the_published_parts_are_the_canonical_layout(String modelType, String head, String module, int linears) {
        Family family = Family.of(modelType);
        BaseConfig config = read(modelType, ",'tie_word_embeddings':false");
        Map<String, List<Family.Part>> parts = family.parts(config);
        var layout = BaseLayout.tensors(config);
        assertThat(parts.keySet()).containsExactlyInAnyOrderElementsOf(layout.keySet());
        layout.forEach((name, declaration) -> {
            long elements = parts.get(name).stream()
                    .mapToLong(part -> (long) part.rows() * part.columns())
                    .sum();
            assertThat(4 * elements).as(name).isEqualTo(declaration.byteCount());
        });
        assertThat(family.head()).isEqualTo(head);
        assertThat(parts.get("head.weight").get(0).name()).isEqualTo(head + ".weight");
        assertThat(family.sites(config))
                .hasSize(linears)
                .anyMatch(site -> site.module().equals(module));
    }

    @Test
    void query_key_and_value_of_a_head_stand_together_in_neox_and_bloom() {
        for (String modelType : List.of("gpt_neox", "bloom")) {
            LinearSite site = Family.of(modelType).sites(read(modelType, "")).get(0);
            assertThat(site.order()).isEqualTo(RowOrder.headByHead(6, 8));
            // the key rows of head 1 are behind q, k, v of head 0 and q of head 1
            assertThat(site.order().published(48 + 8)).isEqualTo(24 + 8);
            assertThat(site.canonicalRows()[24 + 8]).isEqualTo(48 + 8);
            assertThat(site.canonicalRows()).doesNotHaveDuplicates().hasSize(144);
        }
        assertThat(Family.of("gpt2").sites(read("gpt2", "")).get(0).order().same())
                .isTrue();
        assertThat(Family.of("gpt2").sites(read("gpt2", "")).get(0).transposed())
                .isTrue();
    }

    @Test
    void switches_are_the_published_ones() {
        Switches neox = read("gpt_neox", ",'use_parallel_residual':false,'hidden_act':'gelu_fast'")
                .switches();
        assertThat(neox.residual()).isEqualTo(Switches.Residual.SEQUENTIAL);
        assertThat(neox.activation()).isEqualTo(Switches.Activation.GELU_TANH);
        assertThat(neox.rotaryDims()).isEqualTo(2);
        assertThat(neox.tiedHead()).isFalse();
        assertThat(read("gpt_neox", "").switches().residual()).isEqualTo(Switches.Residual.PARALLEL);
        Switches bloom = read("bloom", "").switches();
        assertThat(bloom.position()).isEqualTo(Switches.Position.ALIBI);
        assertThat(bloom.embeddingNorm()).isTrue();
        assertThat(bloom.tiedHead()).isTrue();
        assertThat(read("gpt2", "").shape().intermediateSize()).isEqualTo(192);
        assertThat(read("opt", ",'enable_bias':false").switches().qkvBias()).isFalse();
        assertThat(read("opt", "").switches().activation()).isEqualTo(Switches.Activation.RELU);
    }

    @ParameterizedTest
    @CsvSource({
        "gpt2, h.0.attn.c_attn.weight, transformer.h.0.attn.c_attn.weight",
        "gpt2, wte.weight, transformer.wte.weight",
        "bloom, word_embeddings_layernorm.bias, transformer.word_embeddings_layernorm.bias",
        "gpt_neox, layers.0.mlp.dense_h_to_4h.bias, gpt_neox.layers.0.mlp.dense_h_to_4h.bias",
        "opt, decoder.embed_positions.weight, model.decoder.embed_positions.weight",
        "gpt2, lm_head.weight, lm_head.weight",
        "gpt2, transformer.ln_f.weight, transformer.ln_f.weight"
    })
    void names_may_leave_out_the_leading_module(String modelType, String found, String published) {
        assertThat(Family.of(modelType).published(found)).isEqualTo(published);
    }

    @ParameterizedTest
    @CsvSource({
        "gpt2, transformer.h.0.attn.bias, true",
        "gpt2, transformer.h.11.attn.masked_bias, true",
        "gpt2, lm_head.weight, true",
        "gpt2, transformer.h.0.attn.c_attn.bias, false",
        "gpt_neox, gpt_neox.layers.0.attention.bias, true",
        "gpt_neox, gpt_neox.layers.0.attention.rotary_emb.inv_freq, true",
        "gpt_neox, gpt_neox.layers.0.attention.dense.bias, false",
        "gpt_neox, embed_out.weight, false"
    })
    void leftover_buffers_are_known(String modelType, String tensor, boolean ignorable) {
        assertThat(Family.of(modelType).ignorable(tensor, read(modelType, ""))).isEqualTo(ignorable);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "opt | ,'word_embed_proj_dim':24 | word_embed_proj_dim",
                "opt | ,'do_layer_norm_before':false | do_layer_norm_before",
                "gpt2 | ,'scale_attn_by_inverse_layer_idx':true | scale_attn_by_inverse_layer_idx",
                "gpt2 | ,'n_head':5 | multiple of the heads",
                "gpt2 | ,'activation_function':'quick_gelu' | quick_gelu",
                "bloom | ,'apply_residual_connection_post_layernorm':true | apply_residual_connection_post_layernorm",
                "gpt_neox | ,'rotary_pct':0.1 | rotaryDims"
            })
    void variants_that_are_not_supported_are_named(String modelType, String more, String wanted) {
        assertThatThrownBy(() -> read(modelType, more))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("config.json")
                .hasMessageContaining(wanted);
    }
}
