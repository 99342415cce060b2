package dev.trefoil.prepare;

import dev.trefoil.artifact.SafeTensorsWriter;
import dev.trefoil.artifact.SafeTensorsWriter.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;

/** A random LLaMA of two layers that writes itself as a Hugging Face folder and gives its weights to a GGUF file. */
final class TinyLlama {

    static final int VOCAB = 40;
    static final int HIDDEN = 32;
    static final int HEADS = 4;
    static final int KV_HEADS = 2;
    static final int HEAD_DIM = 8;
    static final int INNER = 64;
    static final int LAYERS = 2;

    static final String CONFIG = """
            {"model_type": "llama", "vocab_size": 40, "hidden_size": 32, "num_attention_heads": 4,
             "num_key_value_heads": 2, "num_hidden_layers": 2, "intermediate_size": 64, "max_position_embeddings": 128,
             "rms_norm_eps": 1e-05, "rope_theta": 10000.0, "bos_token_id": 1, "eos_token_id": 2, "hidden_act": "silu",
             "tie_word_embeddings": false}
            """;

    private final Map<String, Tensor> tensors = new LinkedHashMap<>();

    TinyLlama(long seed) {
        Random random = new Random(seed);
        add(random, "model.embed_tokens.weight", VOCAB, HIDDEN);
        for (int i = 0; i < LAYERS; i++) {
            String layer = "model.layers." + i + ".";
            add(random, layer + "input_layernorm.weight", HIDDEN);
            add(random, layer + "self_attn.q_proj.weight", HEADS * HEAD_DIM, HIDDEN);
            add(random, layer + "self_attn.k_proj.weight", KV_HEADS * HEAD_DIM, HIDDEN);
            add(random, layer + "self_attn.v_proj.weight", KV_HEADS * HEAD_DIM, HIDDEN);
            add(random, layer + "self_attn.o_proj.weight", HIDDEN, HEADS * HEAD_DIM);
            add(random, layer + "post_attention_layernorm.weight", HIDDEN);
            add(random, layer + "mlp.gate_proj.weight", INNER, HIDDEN);
            add(random, layer + "mlp.up_proj.weight", INNER, HIDDEN);
            add(random, layer + "mlp.down_proj.weight", HIDDEN, INNER);
        }
        add(random, "model.norm.weight", HIDDEN);
        add(random, "lm_head.weight", VOCAB, HIDDEN);
    }

    private void add(Random random, String name, int... shape) {
        long[] sizes = new long[shape.length];
        int count = 1;
        for (int i = 0; i < shape.length; i++) {
            sizes[i] = shape[i];
            count *= shape[i];
        }
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            // Sixteenths up to 7/16: exact in every format, so formats can be compared bit for bit.
            values[i] = (random.nextInt(16) - 8) / 16f;
        }
        tensors.put(name, Tensor.of(values, sizes));
    }

    Map<String, Tensor> tensors() {
        return tensors;
    }

    float[] values(String name) {
        ByteBuffer data = tensors.get(name).data().duplicate().order(ByteOrder.LITTLE_ENDIAN);
        float[] values = new float[data.remaining() / 4];
        data.asFloatBuffer().get(values);
        return values;
    }

    /** config.json and model.safetensors. */
    Path write(Path folder) throws IOException {
        return write(folder, CONFIG);
    }

    Path write(Path folder, String config) throws IOException {
        Files.createDirectories(folder);
        Files.writeString(folder.resolve("config.json"), config);
        SafeTensorsWriter.write(folder.resolve("model.safetensors"), tensors);
        return folder;
    }

    /** The same model as a GGUF file; q and k rows interleaved as GGUF's converter does. */
    TinyGguf gguf(int format) {
        TinyGguf file = new TinyGguf();
        file.text("general.architecture", "llama");
        file.uint32("llama.block_count", LAYERS).uint32("llama.context_length", 128);
        file.uint32("llama.embedding_length", HIDDEN).uint32("llama.feed_forward_length", INNER);
        file.uint32("llama.attention.head_count", HEADS).uint32("llama.attention.head_count_kv", KV_HEADS);
        file.float32("llama.attention.layer_norm_rms_epsilon", 1e-5f);
        file.uint32("tokenizer.ggml.bos_token_id", 1).uint32("tokenizer.ggml.eos_token_id", 2);
        file.tensor("token_embd.weight", format, values("model.embed_tokens.weight"), HIDDEN);
        for (int i = 0; i < LAYERS; i++) {
            String from = "model.layers." + i + ".";
            String to = "blk." + i + ".";
            file.tensor(to + "attn_norm.weight", 0, values(from + "input_layernorm.weight"), HIDDEN);
            float[] query = interleave(values(from + "self_attn.q_proj.weight"), HEADS);
            float[] key = interleave(values(from + "self_attn.k_proj.weight"), KV_HEADS);
            file.tensor(to + "attn_q.weight", format, query, HIDDEN);
            file.tensor(to + "attn_k.weight", format, key, HIDDEN);
            file.tensor(to + "attn_v.weight", format, values(from + "self_attn.v_proj.weight"), HIDDEN);
            file.tensor(to + "attn_output.weight", format, values(from + "self_attn.o_proj.weight"), HIDDEN);
            file.tensor(to + "ffn_norm.weight", 0, values(from + "post_attention_layernorm.weight"), HIDDEN);
            file.tensor(to + "ffn_gate.weight", format, values(from + "mlp.gate_proj.weight"), HIDDEN);
            file.tensor(to + "ffn_up.weight", format, values(from + "mlp.up_proj.weight"), HIDDEN);
            file.tensor(to + "ffn_down.weight", format, values(from + "mlp.down_proj.weight"), INNER);
        }
        file.tensor("output_norm.weight", 0, values("model.norm.weight"), HIDDEN);
        file.tensor("output.weight", format, values("lm_head.weight"), HIDDEN);
        return file;
    }

    /** [heads, 2, half, columns] to [heads, half, 2, columns]. */
    private static float[] interleave(float[] values, int heads) {
        int half = values.length / HIDDEN / heads / 2;
        float[] out = new float[values.length];
        for (int head = 0; head < heads; head++) {
            for (int part = 0; part < 2; part++) {
                for (int i = 0; i < half; i++) {
                    int from = (head * 2 + part) * half + i;
                    int to = (head * half + i) * 2 + part;
                    System.arraycopy(values, from * HIDDEN, out, to * HIDDEN, HIDDEN);
                }
            }
        }
        return out;
    }
}
