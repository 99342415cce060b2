package dev.trefoil;

import dev.trefoil.artifact.SafeTensorsWriter;
import dev.trefoil.artifact.SafeTensorsWriter.Tensor;
import dev.trefoil.data.grammar.ReviewFiles;
import dev.trefoil.data.grammar.ReviewGrammar;
import dev.trefoil.prepare.Prepare;
import dev.trefoil.prepare.PrepareOptions;
import dev.trefoil.prepare.PrepareProgress;
import dev.trefoil.quant.Precision;
import dev.trefoil.token.bpe.BpeConfig;
import dev.trefoil.token.bpe.BpeTrainer;
import dev.trefoil.token.bpe.BpeVocabulary;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;

/** A random LLaMA of two layers with a tokenizer learned from film reviews, for tests of whole stages. */
public final class TinyBase {

    public static final int HIDDEN = 32;
    public static final int LAYERS = 2;

    private static final int HEADS = 4;
    private static final int KV_HEADS = 2;
    private static final int HEAD_DIM = 8;
    private static final int INNER = 64;
    private static final int REVIEWS = 200;
    private static final double SPREAD = 0.15;

    private TinyBase() {}

    /** A base store of fp32 linears below {@code folder}. */
    public static Path prepare(Path folder) {
        return prepare(folder, Precision.FP32);
    }

    /** A base store below {@code folder}; the same precision gives the same bytes. */
    public static Path prepare(Path folder, Precision precision) {
        Path base = folder.resolve("base-" + precision);
        Prepare.run(
                publish(folder.resolve("hf-" + precision)),
                base,
                PrepareOptions.of(precision),
                PrepareProgress.silent());
        return base;
    }

    /** The same model as a Hugging Face folder: config.json, model.safetensors, tokenizer files. */
    public static Path publish(Path folder) {
        return publish(folder, 0);
    }

    /** As {@link #publish(Path)}, with at least so many rows of embedding and head. */
    public static Path publish(Path folder, int rows) {
        try {
            Files.createDirectories(folder);
            BpeVocabulary vocabulary = vocabulary();
            vocabulary.write(folder);
            int size = Math.max(rows, vocabulary.tokens().size());
            Files.writeString(folder.resolve("config.json"), config(size));
            SafeTensorsWriter.write(folder.resolve("model.safetensors"), weights(size));
            return folder;
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /** A JSON Lines file of {@code count} labelled reviews ({@code text}, {@code label}); other seeds give other reviews. */
    public static Path reviews(Path file, long seed, int count) {
        new ReviewFiles(ReviewGrammar.open()).writeReviews(file, seed, 0, count, ReviewGrammar.Style.PLAIN);
        return file;
    }

    /** A JSON Lines file of {@code count} preference pairs. */
    public static Path pairs(Path file, long seed, int count) {
        new ReviewFiles(ReviewGrammar.open()).writePairs(file, seed, 0, count);
        return file;
    }

    /** A JSON Lines file of {@code count} prompts. */
    public static Path prompts(Path file, long seed, int count) {
        new ReviewFiles(ReviewGrammar.open()).writePrompts(file, seed, 0, count);
        return file;
    }

    static BpeVocabulary vocabulary() {
        BpeTrainer trainer = new BpeTrainer(new BpeConfig(384, 2, "<|endoftext|>", "<|pad|>", 128));
        ReviewGrammar grammar = ReviewGrammar.open();
        for (int i = 0; i < REVIEWS; i++) {
            trainer.add(grammar.review(1, i).text());
        }
        return trainer.train();
    }

    private static String config(int vocabulary) {
        return """
                {"model_type": "llama", "vocab_size": %d, "hidden_size": %d, "num_attention_heads": %d,
                 "num_key_value_heads": %d, "num_hidden_layers": %d, "intermediate_size": %d,
                 "max_position_embeddings": 128, "rms_norm_eps": 1e-05, "rope_theta": 10000.0, "eos_token_id": 0,
                 "pad_token_id": 1, "hidden_act": "silu", "tie_word_embeddings": false}
                """.formatted(vocabulary, HIDDEN, HEADS, KV_HEADS, LAYERS, INNER);
    }

    private static Map<String, Tensor> weights(int vocabulary) {
        Random random = new Random(1);
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        tensors.put("model.embed_tokens.weight", normal(random, 1, vocabulary, HIDDEN));
        for (int i = 0; i < LAYERS; i++) {
            String layer = "model.layers." + i + ".";
            tensors.put(layer + "input_layernorm.weight", ones());
            tensors.put(layer + "self_attn.q_proj.weight", normal(random, SPREAD, HEADS * HEAD_DIM, HIDDEN));
            tensors.put(layer + "self_attn.k_proj.weight", normal(random, SPREAD, KV_HEADS * HEAD_DIM, HIDDEN));
            tensors.put(layer + "self_attn.v_proj.weight", normal(random, SPREAD, KV_HEADS * HEAD_DIM, HIDDEN));
            tensors.put(layer + "self_attn.o_proj.weight", normal(random, SPREAD, HIDDEN, HEADS * HEAD_DIM));
            tensors.put(layer + "post_attention_layernorm.weight", ones());
            tensors.put(layer + "mlp.gate_proj.weight", normal(random, SPREAD, INNER, HIDDEN));
            tensors.put(layer + "mlp.up_proj.weight", normal(random, SPREAD, INNER, HIDDEN));
            tensors.put(layer + "mlp.down_proj.weight", normal(random, SPREAD, HIDDEN, INNER));
        }
        tensors.put("model.norm.weight", ones());
        tensors.put("lm_head.weight", normal(random, SPREAD, vocabulary, HIDDEN));
        return tensors;
    }

    static Tensor normal(Random random, double spread, int rows, int columns) {
        float[] values = new float[rows * columns];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (random.nextGaussian() * spread);
        }
        return Tensor.of(values, rows, columns);
    }

    private static Tensor ones() {
        float[] values = new float[HIDDEN];
        Arrays.fill(values, 1);
        return Tensor.of(values, HIDDEN);
    }
}
