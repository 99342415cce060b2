package dev.trefoil;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.trefoil.artifact.SafeTensorsWriter;
import dev.trefoil.artifact.SafeTensorsWriter.Tensor;
import dev.trefoil.family.Family;
import dev.trefoil.quant.BaseConfig;
import dev.trefoil.quant.Precision;
import dev.trefoil.token.bpe.BpeVocabulary;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;

/** Random models of two layers, one of each family, as Hugging Face folders with the tokenizer of {@link TinyBase}. */
public final class TinyModel {

    private static final double SPREAD = 0.15;

    private static final String LLAMA_LIKE = "'hidden_size': 32, 'num_attention_heads': 4, 'num_key_value_heads': 2,"
            + " 'num_hidden_layers': 2, 'intermediate_size': 48, 'max_position_embeddings': 128";

    /** The switches are those of the published models, of GPT-NeoX-20B for one; only the sizes are small. */
    private static final Map<String, String> CONFIGS = Map.of(
            "gpt_neox",
            "'hidden_size': 32, 'num_attention_heads': 2, 'num_hidden_layers': 2, 'intermediate_size': 64,"
                    + " 'max_position_embeddings': 128, 'hidden_act': 'gelu_fast', 'rotary_pct': 0.25,"
                    + " 'rotary_emb_base': 10000, 'use_parallel_residual': true, 'layer_norm_eps': 1e-05,"
                    + " 'tie_word_embeddings': false",
            "gpt2",
            "'n_embd': 32, 'n_head': 4, 'n_layer': 2, 'n_positions': 128, 'activation_function': 'gelu_new'",
            "bloom",
            "'n_embed': 48, 'num_attention_heads': 3, 'n_layer': 2, 'seq_length': 128",
            "opt",
            "'hidden_size': 32, 'num_attention_heads': 4, 'num_hidden_layers': 2, 'ffn_dim': 64,"
                    + " 'max_position_embeddings': 128",
            "mistral",
            LLAMA_LIKE + ", 'sliding_window': 9",
            "qwen2",
            LLAMA_LIKE + ", 'use_sliding_window': true, 'sliding_window': 9, 'max_window_layers': 1",
            "qwen3",
            LLAMA_LIKE + ", 'head_dim': 12",
            "smollm3",
            LLAMA_LIKE + ", 'no_rope_layers': [1, 0]");

    private TinyModel() {}

    /** Writes config.json, model.safetensors and tokenizer files. */
    public static Path publish(Path folder, String modelType) {
        try {
            Files.createDirectories(folder);
            BpeVocabulary vocabulary = TinyBase.vocabulary();
            vocabulary.write(folder);
            String config = "{'model_type': '" + modelType + "', 'vocab_size': "
                    + vocabulary.tokens().size() + ", 'eos_token_id': 0, 'pad_token_id': 1, "
                    + CONFIGS.get(modelType) + "}";
            JsonNode node = JsonMapper.builder().build().readTree(config.replace('\'', '"'));
            Files.writeString(folder.resolve("config.json"), node.toPrettyString());
            SafeTensorsWriter.write(folder.resolve("model.safetensors"), weights(Family.of(modelType), node));
            return folder;
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private static Map<String, Tensor> weights(Family family, JsonNode node) {
        BaseConfig config = BaseConfig.draft(
                family.blueprint(node, "config.json"),
                Precision.FP32,
                Precision.FP32,
                new BaseConfig.Source("test", "", "", Map.of()));
        Random random = new Random(1);
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        family.parts(config).forEach((canonical, parts) -> {
            for (Family.Part part : parts) {
                boolean norm = canonical.contains("norm") && canonical.endsWith(".weight");
                tensors.put(part.name(), norm ? around1(random, part.columns()) : stored(random, part));
            }
        });
        return tensors;
    }

    private static Tensor stored(Random random, Family.Part part) {
        if (part.rows() == 1) {
            float[] values = new float[part.columns()];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) (random.nextGaussian() * SPREAD);
            }
            return Tensor.of(values, part.columns());
        }
        return part.transposed()
                ? TinyBase.normal(random, SPREAD, part.columns(), part.rows())
                : TinyBase.normal(random, SPREAD, part.skipped() + part.rows(), part.columns());
    }

    private static Tensor around1(Random random, int size) {
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float) (1 + random.nextGaussian() * SPREAD);
        }
        return Tensor.of(values, size);
    }
}
