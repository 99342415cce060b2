package dev.trefoil.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trefoil.TinyBase;
import dev.trefoil.adapter.AdapterStack;
import dev.trefoil.adapter.LoraAdapter;
import dev.trefoil.quant.Precision;
import dev.trefoil.token.Batch;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A last block that is read at last tokens alone gives the scores and the gradients of one that is computed for all tokens. */
class ReadsTest {

    private static final int[] LENGTHS = {12, 7, 1};
    private static final int COLUMNS = 12;

    @TempDir
    Path folder;

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
                "arch_mistral_window"
            })
    void scores_and_gradients_are_the_same(String architecture) {
        Path store = TinyTraining.prepare(folder, architecture, Precision.FP32);
        Found wanted = Found.of(store, EngineConfig.parity(), Reads.ALL_TOKENS);
        for (SavePolicy policy : List.of(SavePolicy.ALL, SavePolicy.ATTENTION, SavePolicy.INPUTS)) {
            Found found = Found.of(store, EngineConfig.parity().with(policy), Reads.LAST_TOKENS);
            TinyTraining.assertClose(found.scores, wanted.scores, policy + ": score");
            TinyTraining.assertClose(found.gradient, wanted.gradient, policy + ": gradient");
        }
    }

    @Test
    void other_tokens_cannot_be_read() {
        try (SharedBase base = SharedBase.open(TinyBase.prepare(folder), EngineConfig.parity());
                Role role = Role.of(base, AdapterStack.of(base.sites(), List.of(), false));
                Pass pass = role.infer(batch(), Reads.LAST_TOKENS)) {
            ScalarHead head = ScalarHead.value(TinyBase.HIDDEN);
            int[] first = {0, COLUMNS, 2 * COLUMNS};
            assertThatThrownBy(() -> head.scores(pass, first)).hasMessageContaining("last token");
        }
    }

    private static Batch batch() {
        int size = LENGTHS.length * COLUMNS;
        int[] positions = new int[size];
        int[] documents = new int[size];
        for (int i = 0; i < size; i++) {
            positions[i] = i % COLUMNS;
            documents[i] = positions[i] < LENGTHS[i / COLUMNS] ? 0 : -1;
        }
        return new Batch(LENGTHS.length, COLUMNS, positions, positions, documents, new boolean[size]);
    }

    /** What a random adapter on all linears and a random head give. */
    private record Found(float[] scores, float[] gradient) {

        static Found of(Path store, EngineConfig engine, Reads reads) {
            try (SharedBase base = SharedBase.open(store, engine)) {
                LoraAdapter adapter = TinyTraining.adapter(base);
                ScalarHead head = ScalarHead.valueRandom(base.config().shape().hiddenSize(), 1);
                Batch batch = batch();
                try (Role role = Role.of(base, AdapterStack.of(base.sites(), List.of(adapter), true));
                        Pass pass = role.train(batch, Dropout.NONE, reads)) {
                    float[] scores = head.scores(pass, batch.lastTokens());
                    head.backward(pass, batch.lastTokens(), new float[] {1, -2, 0.5f});
                    pass.backward();
                    float[] gradient = new float[adapter.gradients().limit()];
                    adapter.gradients().get(0, gradient);
                    assertThat(Arrays.equals(gradient, new float[gradient.length]))
                            .as("no gradient")
                            .isFalse();
                    return new Found(scores, gradient);
                }
            }
        }
    }
}
