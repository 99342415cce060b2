package dev.trefoil.stage.pretrain;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trefoil.artifact.SafeTensorsWriter.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** As transformers' {@code GPT2LMHeadModel}, whose linears stand transposed (Conv1D). */
record PublishedGpt2(ScratchModel model) implements PublishedForm {

    @Override
    public Map<String, Tensor> tensors() {
        PretrainConfig.Model shape = model.shape();
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        tensors.put("transformer.wte.weight", model.half("embed", 0, model.vocabulary()));
        tensors.put("transformer.wpe.weight", model.half("positions", 0, shape.context()));
        for (int i = 0; i < shape.layers(); i++) {
            String at = "transformer.h." + i + ".";
            putNorm(tensors, at + "ln_1", i + ".norm1");
            putLinear(tensors, at + "attn.c_attn", i + ".qkv");
            putLinear(tensors, at + "attn.c_proj", i + ".out");
            putNorm(tensors, at + "ln_2", i + ".norm2");
            putLinear(tensors, at + "mlp.c_fc", i + ".up");
            putLinear(tensors, at + "mlp.c_proj", i + ".down");
        }
        putNorm(tensors, "transformer.ln_f", "final_norm");
        return tensors;
    }

    private void putNorm(Map<String, Tensor> tensors, String module, String source) {
        tensors.put(module + ".weight", model.halfVector(source));
        tensors.put(module + ".bias", model.halfVector(source + ".bias"));
    }

    private void putLinear(Map<String, Tensor> tensors, String module, String source) {
        tensors.put(module + ".weight", model.halfTransposed(source));
        tensors.put(module + ".bias", model.halfVector(source + ".bias"));
    }

    @Override
    public ObjectNode description(int eos) {
        PretrainConfig.Model shape = model.shape();
        ObjectNode json = new ObjectMapper().createObjectNode();
        json.putArray("architectures").add("GPT2LMHeadModel");
        json.put("model_type", "gpt2");
        json.put("vocab_size", model.vocabulary());
        json.put("n_positions", shape.context());
        json.put("n_embd", shape.hidden());
        json.put("n_layer", shape.layers());
        json.put("n_head", shape.heads());
        json.put("n_inner", shape.intermediate());
        json.put("activation_function", "gelu_new");
        json.put("layer_norm_epsilon", PretrainConfig.NORM_EPS);
        json.put("initializer_range", ScratchModel.INITIALIZER_RANGE);
        json.put("tie_word_embeddings", true);
        // trained without dropout; transformers' own default is 0.1
        for (String dropout : List.of("attn_pdrop", "embd_pdrop", "resid_pdrop")) {
            json.put(dropout, 0.0);
        }
        json.put("torch_dtype", "float16");
        // left out, both would be 50256, whatever the vocabulary
        json.put("bos_token_id", eos);
        json.put("eos_token_id", eos);
        return json;
    }
}
