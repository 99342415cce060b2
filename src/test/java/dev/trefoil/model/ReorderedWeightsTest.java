package dev.trefoil.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.trefoil.TinyBase;
import dev.trefoil.adapter.AdapterStack;
import dev.trefoil.prepare.Prepare;
import dev.trefoil.prepare.PrepareOptions;
import dev.trefoil.prepare.PrepareProgress;
import dev.trefoil.quant.Precision;
import dev.trefoil.token.Batch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A generation with reordered weights draws from the distribution that a pass over its tokens reads. */
class ReorderedWeightsTest {

    private static final boolean X86 = List.of("amd64", "x86_64").contains(System.getProperty("os.arch"));
    private static final int PROMPT = 5;
    private static final int STEPS = 16;

    /** Prompt of a text whose keys and values are bfloat16 in any case. */
    private static final int LONG = 1024;

    private static final int ONE = 1;
    private static final int FEW = 2;
    private static final int MANY = 9;

    private static final EngineConfig BF16 = EngineConfig.defaults().with(Compute.BF16);
    private static final EngineConfig INT8_PRODUCTS = EngineConfig.int8Parity(6).with(Compute.BF16);

    /** Of a log-probability; activations are bfloat16 on both sides. */
    private static final float CLOSE = 0.06f;

    /** The same with float32 activations: sums are taken in another order. */
    private static final float EXACT = 1e-4f;

    @TempDir
    Path folder;

    private int bases;

    @Test
    void few_rows_reorder_the_head_many_the_linears_too_and_one_streams() {
        expects(Precision.INT8, INT8_PRODUCTS, Reordering.HEAD, Reordering.ALL);
        expects(Precision.BF16, BF16, Reordering.ALL, Reordering.ALL);
        expects(Precision.FP32, BF16, Reordering.ALL, Reordering.ALL);
    }

    @Test
    void linears_that_are_kept_are_in_order_already() {
        expects(Precision.INT8, BF16, Reordering.HEAD, Reordering.HEAD);
    }

    @Test
    void float32_reorders_the_head_and_streams_what_that_does_not_round() {
        Reordering one = X86 ? Reordering.STREAMED : Reordering.HEAD;
        expectsInFloat32(Precision.INT8, EngineConfig.parity(), one);
        expectsInFloat32(Precision.FP32, EngineConfig.parity(), Reordering.HEAD);
        expectsInFloat32(Precision.INT8, EngineConfig.int8Parity(6), Reordering.HEAD);
    }

    private void expectsInFloat32(Precision precision, EngineConfig engine, Reordering one) {
        try (SharedBase base = open(precision, engine.withDequantisedMib(1))) {
            assertThat(base.reordering(ONE, STEPS)).isEqualTo(one);
            assertThat(base.reordering(MANY, STEPS)).isEqualTo(Reordering.HEAD);
            if (!engine.int8Forward()) {
                generates(base, ONE);
                generates(base, MANY);
            }
        }
    }

    private void expects(Precision precision, EngineConfig engine, Reordering few, Reordering many) {
        try (SharedBase base = open(precision, engine.withDequantisedMib(1))) {
            assumeTrue(base.reordering(MANY, STEPS) != Reordering.NONE, "no such products on this processor");
            assertThat(base.reordering(FEW, STEPS)).isEqualTo(few);
            assertThat(base.reordering(MANY, STEPS)).isEqualTo(many);
            assertThat(base.reordering(ONE, STEPS)).isEqualTo(X86 ? Reordering.STREAMED : few);
            assertThat(base.reordering(MANY, STEPS - 1)).isEqualTo(Reordering.NONE);
            generates(base, ONE);
            generates(base, FEW);
            generates(base, MANY);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "arch_llama_gqa",
                "arch_gpt_neox",
                "arch_gpt_neox_sequential_fp16",
                "arch_bloom",
                "arch_gpt2",
                "arch_opt",
                "arch_qwen3",
                "arch_mistral_window",
                "arch_smollm3"
            })
    void every_architecture_generates_with_them(String architecture) {
        Path store = TinyTraining.prepare(folder, architecture, Precision.INT8);
        try (SharedBase base = SharedBase.open(store, EngineConfig.defaults())) {
            assumeTrue(base.reordering(ONE, STEPS) != Reordering.NONE, "no such products on this processor");
            generates(base, ONE);
            generates(base, MANY);
            generates(base, ONE, 1);
        }
    }

    @Test
    void a_long_text_too() throws IOException {
        Path model = TinyBase.publish(folder.resolve("model"));
        Path config = model.resolve("config.json");
        Files.writeString(
                config,
                Files.readString(config)
                        .replace("\"max_position_embeddings\": 128", "\"max_position_embeddings\": " + 2 * LONG));
        Path store = folder.resolve("store");
        Prepare.run(model, store, PrepareOptions.of(Precision.INT8), PrepareProgress.silent());
        try (SharedBase base = SharedBase.open(store, EngineConfig.defaults())) {
            generates(base, ONE, LONG);
        }
    }

    @Test
    void nothing_is_reordered_without_room() {
        for (EngineConfig engine : List.of(EngineConfig.defaults(), EngineConfig.parity())) {
            try (SharedBase base = open(Precision.INT8, engine.withDequantisedMib(0))) {
                assertThat(base.reordering(MANY, STEPS)).isEqualTo(Reordering.NONE);
                generates(base, MANY);
            }
        }
    }

    private SharedBase open(Precision precision, EngineConfig engine) {
        return SharedBase.open(TinyBase.prepare(folder.resolve("base" + bases++), precision), engine);
    }

    private static void generates(SharedBase base, int rows) {
        generates(base, rows, PROMPT);
    }

    private static void generates(SharedBase base, int rows, int prompt) {
        int vocabulary = base.config().shape().vocabSize();
        int[] ids = new Random(rows).ints(rows * prompt, 0, vocabulary).toArray();
        int[] lengths = IntStream.range(0, rows).map(row -> prompt).toArray();
        Random random = new Random(1);
        float[] uniforms = new float[rows * STEPS];
        for (int i = 0; i < uniforms.length; i++) {
            uniforms[i] = random.nextFloat();
        }
        // temperature 1 and no filter, not greedy, no least number of tokens
        float[] options = {1, 0, 1, 0, 1, 0, 0, 0};
        try (Role role = Role.of(base, AdapterStack.of(base.sites(), List.of(), false))) {
            Decoded decoded = role.decode(ids, lengths, uniforms, options, new int[0]);
            float[] read = read(role, ids, prompt, decoded);
            for (int i = 0; i < read.length; i++) {
                assertThat(decoded.logProbs()[i])
                        .as("%d rows, token %d", rows, i)
                        .isCloseTo(read[i], within(base.engine().compute() == Compute.FP32 ? EXACT : CLOSE));
            }
        }
    }

    /** Log-probabilities of the decoded tokens, [rows * steps], by a pass over prompts and tokens. */
    private static float[] read(Role role, int[] ids, int prompt, Decoded decoded) {
        int rows = decoded.counts().length;
        int columns = prompt + STEPS;
        int[] tokens = new int[rows * columns];
        int[] positions = new int[tokens.length];
        boolean[] counts = new boolean[tokens.length];
        for (int i = 0; i < tokens.length; i++) {
            int row = i / columns;
            int column = i % columns;
            positions[i] = column;
            counts[i] = column >= prompt;
            tokens[i] = counts[i] ? (int) decoded.tokens()[row * STEPS + column - prompt] : ids[row * prompt + column];
        }
        Batch batch = new Batch(rows, columns, tokens, positions, new int[tokens.length], counts);
        Labels labels = Labels.of(batch);
        try (Pass pass = role.infer(batch)) {
            return role.head().logProbs(pass, labels.at(), labels.targets(), 1).logProbs();
        }
    }
}
