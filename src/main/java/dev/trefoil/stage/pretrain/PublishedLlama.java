package dev.trefoil.stage.pretrain;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trefoil.artifact.SafeTensorsWriter.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;

/** As transformers' {@code LlamaForCausalLM}. */
record PublishedLlama(ScratchModel model) implements PublishedForm {

    @Override
    public Map<String, Tensor> tensors() {
        PretrainConfig.Model shape = model.shape();
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        int hidden = shape.hidden();
        int inner = shape.intermediate();
        int kv = shape.kvHeads() * shape.headDim();
        tensors.put("model.embed_tokens.weight", model.half("embed", 0, model.vocabulary()));
        for (int i = 0; i < shape.layers(); i++) {
            String at = "model.layers." + i + ".";
            tensors.put(at + "input_layernorm.weight", model.halfVector(i + ".norm1"));
            tensors.put(at + "self_attn.q_proj.weight", model.half(i + ".qkv", 0, hidden));
            tensors.put(at + "self_attn.k_proj.weight", model.half(i + ".qkv", hidden, kv));
            tensors.put(at + "self_attn.v_proj.weight", model.half(i + ".qkv", hidden + kv, kv));
            tensors.put(at + "self_attn.o_proj.weight", model.half(i + ".out", 0, hidden));
            tensors.put(at + "post_attention_layernorm.weight", model.halfVector(i + ".norm2"));
            tensors.put(at + "mlp.gate_proj.weight", model.half(i + ".up", 0, inner));
            tensors.put(at + "mlp.up_proj.weight", model.half(i + ".up", inner, inner));
            tensors.put(at + "mlp.down_proj.weight", model.half(i + ".down", 0, hidden));
        }
        tensors.put("model.norm.weight", model.halfVector("final_norm"));
        return tensors;
    }

    @Override
    public ObjectNode description(int eos) {
        PretrainConfig.Model shape = model.shape();
        ObjectNode json = new ObjectMapper().createObjectNode();
        json.putArray("architectures").add("LlamaForCausalLM");
        json.put("model_type", "llama");
        json.put("vocab_size", model.vocabulary());
        json.put("hidden_size", shape.hidden());
        json.put("num_hidden_layers", shape.layers());
        json.put("num_attention_heads", shape.heads());
        json.put("num_key_value_heads", shape.kvHeads());
        json.put("head_dim", shape.headDim());
        json.put("intermediate_size", shape.intermediate());
        json.put("max_position_embeddings", shape.context());
        json.put("hidden_act", "silu");
        json.put("rms_norm_eps", PretrainConfig.NORM_EPS);
        json.put("rope_theta", PretrainConfig.ROPE_THETA);
        json.put("initializer_range", ScratchModel.INITIALIZER_RANGE);
        json.put("tie_word_embeddings", true);
        json.put("attention_bias", false);
        json.put("mlp_bias", false);
        json.put("torch_dtype", "float16");
        json.put("eos_token_id", eos);
        return json;
    }
}
