package dev.trefoil.family;

import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * How a family calls its weights. Names inside a layer begin behind {@code layers} and the layer's number; null where a family has
 * no such tensor.
 *
 * @param model the leading module that old checkpoints leave out, such as {@code model.}
 * @param embedding the token table
 * @param position the table of learned positions
 * @param positionOffset rows of that table that stand before position 0 (OPT)
 * @param embeddingNorm the norm behind the embedding
 * @param layers the list of blocks, such as {@code model.layers.}
 * @param norm1 before the attention
 * @param qNorm of the queries, head by head; kNorm of the keys
 * @param qkv query, key and value linears, or the one that holds all three
 * @param out the projection behind the attention
 * @param norm2 before the MLP
 * @param up gate and up linears, or the only one
 * @param down the second linear of the MLP
 * @param finalNorm before the head
 * @param head the LM head's module
 * @param headByHead whether the one qkv linear holds q, k and v head by head (GPT-NeoX, BLOOM) and not one behind the other
 * @param transposed whether linears are stored [in, out] (GPT-2)
 * @param leftover names, from the layer's number on, of buffers that are computed anew
 */
record Names(
        String model,
        String embedding,
        String position,
        int positionOffset,
        String embeddingNorm,
        String layers,
        String norm1,
        String qNorm,
        String kNorm,
        List<String> qkv,
        String out,
        String norm2,
        List<String> up,
        String down,
        String finalNorm,
        String head,
        boolean headByHead,
        boolean transposed,
        Pattern leftover) {

    /** LLaMA's names, which most families took over. */
    static final Names LLAMA = new Names(
            "model.",
            "model.embed_tokens",
            null,
            0,
            null,
            "model.layers.",
            "input_layernorm",
            "self_attn.q_norm",
            "self_attn.k_norm",
            List.of("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"),
            "self_attn.o_proj",
            "post_attention_layernorm",
            List.of("mlp.gate_proj", "mlp.up_proj"),
            "mlp.down_proj",
            "model.norm",
            "lm_head",
            false,
            false,
            Pattern.compile("self_attn\\.rotary_emb\\.inv_freq"));

    static final Names GPT_NEOX = new Names(
            "gpt_neox.",
            "gpt_neox.embed_in",
            null,
            0,
            null,
            "gpt_neox.layers.",
            "input_layernorm",
            null,
            null,
            List.of("attention.query_key_value"),
            "attention.dense",
            "post_attention_layernorm",
            List.of("mlp.dense_h_to_4h"),
            "mlp.dense_4h_to_h",
            "gpt_neox.final_layer_norm",
            "embed_out",
            true,
            false,
            Pattern.compile("attention\\.(bias|masked_bias|rotary_emb\\.inv_freq)"));

    static final Names GPT2 = new Names(
            "transformer.",
            "transformer.wte",
            "transformer.wpe",
            0,
            null,
            "transformer.h.",
            "ln_1",
            null,
            null,
            List.of("attn.c_attn"),
            "attn.c_proj",
            "ln_2",
            List.of("mlp.c_fc"),
            "mlp.c_proj",
            "transformer.ln_f",
            "lm_head",
            false,
            true,
            Pattern.compile("attn\\.(bias|masked_bias)"));

    static final Names BLOOM = new Names(
            "transformer.",
            "transformer.word_embeddings",
            null,
            0,
            "transformer.word_embeddings_layernorm",
            "transformer.h.",
            "input_layernorm",
            null,
            null,
            List.of("self_attention.query_key_value"),
            "self_attention.dense",
            "post_attention_layernorm",
            List.of("mlp.dense_h_to_4h"),
            "mlp.dense_4h_to_h",
            "transformer.ln_f",
            "lm_head",
            true,
            false,
            Pattern.compile("self_attention\\.masked_bias"));

    /** The published decoder keeps two rows before position 0, left over from padding ids. */
    static final Names OPT = new Names(
            "model.",
            "model.decoder.embed_tokens",
            "model.decoder.embed_positions",
            2,
            null,
            "model.decoder.layers.",
            "self_attn_layer_norm",
            null,
            null,
            List.of("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"),
            "self_attn.out_proj",
            "final_layer_norm",
            List.of("fc1"),
            "fc2",
            "model.decoder.final_layer_norm",
            "lm_head",
            false,
            false,
            // No buffer was ever saved.
            Pattern.compile("(?!)"));

    /** Whether a name is one of this family without its leading module. */
    boolean leavesOutModel(String found) {
        return Stream.of(embedding, position, embeddingNorm, layers, finalNorm)
                .filter(Objects::nonNull)
                .map(name -> name.substring(model.length()))
                .anyMatch(name -> name.endsWith(".") ? found.startsWith(name) : found.startsWith(name + "."));
    }
}
