package dev.trefoil.family;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.trefoil.UserError;
import dev.trefoil.adapter.LinearSite;
import dev.trefoil.adapter.Slot;
import dev.trefoil.quant.BaseConfig;
import dev.trefoil.quant.BaseLayout;
import dev.trefoil.quant.Blueprint;
import dev.trefoil.quant.Precision;
import dev.trefoil.quant.RopeScaling;
import dev.trefoil.quant.Switches;
import dev.trefoil.quant.Switches.Activation;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LlamaLikeTest {

    private static final String SIZES =
            "'vocab_size':20,'hidden_size':48,'num_hidden_layers':2,'num_attention_heads':6,"
                    + "'num_key_value_heads':2,'intermediate_size':96,'max_position_embeddings':64";

    private static Blueprint read(String modelType, String more) {
        return Family.of(modelType).blueprint(json("{" + SIZES + more + "}"), "config.json");
    }

    private static JsonNode json(String text) {
        try {
            return JsonMapper.builder().build().readTree(text.replace('\'', '"'));
        } catch (IOException wrong) {
            throw new IllegalArgumentException(wrong);
        }
    }

    @Test
    void readsBothGenerationsOfConfigurations() {
        Blueprint old = read(
                "llama",
                ",'rope_theta':500000.0,'rope_scaling':{'type':'linear','factor':2.0},'rms_norm_eps':1e-5,"
                        + "'tie_word_embeddings':true,'eos_token_id':[2,5],'bos_token_id':1,'pad_token_id':-1");
        assertThat(old.switches().ropeTheta()).isEqualTo(500000);
        assertThat(old.switches().ropeScaling()).isEqualTo(RopeScaling.linear(2));
        assertThat(old.switches().normEps()).isEqualTo(1e-5);
        assertThat(old.switches().tiedHead()).isTrue();
        assertThat(old.tokens().eos()).containsExactly(2, 5);
        assertThat(old.tokens().bos()).isEqualTo(1);
        assertThat(old.tokens().pad()).isNull();
        assertThat(old.shape().headDim()).isEqualTo(8);

        Blueprint young = read(
                "llama",
                ",'head_dim':16,'hidden_act':'gelu','attention_bias':true,'mlp_bias':true,'eos_token_id':3,"
                        + "'rope_parameters':{'rope_theta':100.0,'rope_type':'llama3','factor':8.0,'low_freq_factor':1.0,"
                        + "'high_freq_factor':4.0,'original_max_position_embeddings':32}");
        assertThat(young.switches().ropeScaling()).isEqualTo(RopeScaling.llama3(8, 1, 4, 32));
        assertThat(young.switches().ropeTheta()).isEqualTo(100);
        assertThat(young.switches().rotaryDims()).isEqualTo(16);
        assertThat(young.switches().activation()).isEqualTo(Activation.GELU);
        assertThat(young.switches().outBias() && young.switches().upBias()).isTrue();
        assertThat(young.tokens().eos()).containsExactly(3);
        assertThat(young.switches().tiedHead()).isFalse();
    }

    @Test
    void knowsItsNearRelatives() {
        Blueprint qwen = read("qwen2", ",'sliding_window':32,'use_sliding_window':false");
        assertThat(qwen.switches().qkvBias()).isTrue();
        assertThat(qwen.switches().outBias()).isFalse();
        assertThat(qwen.switches().slidingWindow()).isZero();
        Blueprint qwen3 = read("qwen3", "");
        assertThat(qwen3.switches().qkNorm()).isTrue();
        assertThat(qwen3.switches().qkvBias()).isFalse();
        assertThat(qwen3.shape().headDim()).isEqualTo(128);
        assertThat(read("smollm3", "").switches().tiedHead()).isTrue();
    }

    @Test
    void readsYarnWithItsDefaults() {
        RopeScaling short4 = read(
                        "qwen2",
                        ",'rope_scaling':{'type':'yarn','factor':4.0," + "'original_max_position_embeddings':16}")
                .switches()
                .ropeScaling();
        assertThat(short4).isEqualTo(RopeScaling.yarn(4, 1, 32, 16, 0.1 * Math.log(4) + 1));
        RopeScaling long2 = read(
                        "llama",
                        ",'rope_parameters':{'rope_type':'yarn','factor':2.0,'rope_theta':100.0,"
                                + "'beta_fast':24,'beta_slow':2,'attention_factor':0.9}")
                .switches()
                .ropeScaling();
        assertThat(long2).isEqualTo(RopeScaling.yarn(2, 2, 24, 64, 0.9));
        RopeScaling scaled = read(
                        "llama", ",'rope_scaling':{'type':'yarn','factor':4.0,'mscale':1.0,'mscale_all_dim':0.5}")
                .switches()
                .ropeScaling();
        assertThat(scaled.attention()).isEqualTo((0.1 * Math.log(4) + 1) / (0.05 * Math.log(4) + 1));
        assertThat(read("llama", ",'rope_scaling':{'type':'dynamic','factor':4.0}")
                        .switches()
                        .ropeScaling())
                .isEqualTo(RopeScaling.none());
        assertThat(read("llama", ",'rope_scaling':{'rope_type':'default','rope_theta':77.0}")
                        .switches()
                        .ropeTheta())
                .isEqualTo(77);
    }

    @Test
    void readsWindowsLayerByLayer() {
        assertThat(read("mistral", ",'sliding_window':null").switches().slidingWindow())
                .isZero();
        assertThat(read("mistral", ",'sliding_window':64").switches().slidingWindow())
                .as("no shorter than the context")
                .isZero();
        Switches all = read("mistral", ",'sliding_window':32").switches();
        assertThat(all.slides(0) && all.slides(1)).isTrue();
        Switches upper = read("qwen2", ",'sliding_window':8,'use_sliding_window':true,'max_window_layers':1")
                .switches();
        assertThat(upper.slidingWindow()).isEqualTo(8);
        assertThat(upper.slidingLayers()).containsExactly(1);
        Switches listed = read(
                        "qwen3",
                        ",'sliding_window':8,'use_sliding_window':true,'max_window_layers':0,"
                                + "'layer_types':['sliding_attention','full_attention']")
                .switches();
        assertThat(listed.slidingLayers()).containsExactly(0);
        assertThatThrownBy(() -> read(
                        "qwen3", ",'sliding_window':8,'use_sliding_window':true,'layer_types':['sliding_attention']"))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("layer_types");
    }

    @Test
    void readsLayersWithoutRotation() {
        assertThat(read("smollm3", ",'no_rope_layers':[0,1]").switches().noRopeLayers())
                .containsExactly(0);
        assertThat(read("smollm3", ",'no_rope_layer_interval':2").switches().noRopeLayers())
                .containsExactly(1);
        assertThat(read("smollm3", "").switches().rotates(1)).isTrue();
        assertThatThrownBy(() -> read("smollm3", ",'no_rope_layers':[1,1,1]"))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("no_rope_layers");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                ",'rope_scaling':{'type':'longrope','factor':2.0} | longrope",
                ",'rope_scaling':{'type':'yarn','factor':2.0,'truncate':false} | truncate",
                ",'rope_scaling':{'type':'yarn','factor':2.0,'beta_fast':1,'beta_slow':2} | beta_fast",
                ",'rope_scaling':{'type':'linear'} | rope_scaling.factor: missing",
                ",'hidden_act':'mish' | mish",
                ",'quantization_config':{} | quantization_config",
                ",'tie_word_embeddings':3 | tie_word_embeddings",
                ",'eos_token_id':'x' | eos_token_id",
                ",'rms_norm_eps':0 | normEps",
                ",'head_dim':7 | rotaryDims",
                ",'rope_theta':'big' | rope_theta",
            })
    void namesTheKeyAtFault(String more, String wanted) {
        assertThatThrownBy(() -> read("llama", more))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("config.json")
                .hasMessageContaining(wanted);
    }

    @Test
    void refusesUnknownFamiliesAndMissingSizes() {
        assertThatThrownBy(() -> Family.of("mamba"))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("mamba")
                .hasMessageContaining("llama");
        assertThatThrownBy(() -> Family.of("llama").blueprint(json("{}"), "config.json"))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("missing");
    }

    @Test
    void partsCoverTheCanonicalLayoutExactly() {
        Blueprint blueprint = read("llama", ",'attention_bias':true,'mlp_bias':true");
        BaseConfig config = BaseConfig.draft(
                blueprint, Precision.FP32, Precision.FP32, new BaseConfig.Source("test", "", "", Map.of()));
        Family llama = Family.of("llama");
        Map<String, List<Family.Part>> parts = llama.parts(config);
        var layout = BaseLayout.tensors(config);
        assertThat(parts.keySet()).containsExactlyInAnyOrderElementsOf(layout.keySet());
        layout.forEach((name, declaration) -> {
            long elements = parts.get(name).stream()
                    .mapToLong(part -> (long) part.rows() * part.columns())
                    .sum();
            assertThat(4 * elements).as(name).isEqualTo(declaration.byteCount());
        });
        assertThat(parts.get("layers.1.qkv.weight"))
                .extracting(Family.Part::name)
                .containsExactly(
                        "model.layers.1.self_attn.q_proj.weight",
                        "model.layers.1.self_attn.k_proj.weight",
                        "model.layers.1.self_attn.v_proj.weight");
        List<LinearSite> sites = llama.sites(config);
        assertThat(sites).hasSize(14);
        assertThat(sites.get(2)).isEqualTo(new LinearSite(0, Slot.QKV, "model.layers.0.self_attn.v_proj", 64, 16, 48));
        assertThat(sites.get(12)).isEqualTo(new LinearSite(1, Slot.UP, "model.layers.1.mlp.up_proj", 96, 96, 48));
        assertThat(llama.published("layers.0.x")).isEqualTo("model.layers.0.x");
        assertThat(llama.ignorable("model.layers.0.self_attn.rotary_emb.inv_freq", config))
                .isTrue();
        assertThat(llama.ignorable("lm_head.weight", config)).isFalse();
    }
}
