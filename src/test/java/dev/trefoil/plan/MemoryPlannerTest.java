package dev.trefoil.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trefoil.quant.BaseConfig;
import dev.trefoil.quant.Blueprint;
import dev.trefoil.quant.Precision;
import dev.trefoil.quant.Shape;
import dev.trefoil.quant.Switches;
import dev.trefoil.quant.Tokens;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MemoryPlannerTest {

    /** SmolLM2-135M: 30 layers, width 576, 9 heads of 64, 3 for keys and values, inner width 1536. */
    private static final BaseConfig SMOLLM2 = BaseConfig.draft(
            new Blueprint(
                    "llama",
                    new Shape(49152, 576, 30, 9, 3, 64, 1536, 2048),
                    Switches.llama(1e-5, 10_000, 64, true),
                    new Tokens(1, List.of(2), null),
                    0.02),
            Precision.INT8,
            Precision.BF16,
            new BaseConfig.Source("test", "test", "F32", Map.of()));

    private static final PassShape BATCH = new PassShape(4, 512);

    private static MemoryPlan plan(Saving saving, PassShape pass) {
        return plan(saving, 0, pass);
    }

    private static MemoryPlan plan(Saving saving, int recomputeLayers, PassShape pass) {
        AdapterMemory adapter = new AdapterMemory("sft", 4_884_480, 6_000_000, 8, 1);
        EngineMemory engine = new EngineMemory(2, saving, recomputeLayers, false, false, false, 128, true, true, 0);
        return new MemoryPlanner(SMOLLM2, engine, 0).training("sft", List.of(adapter), pass, null, false, true);
    }

    private static long part(MemoryPlan plan, String moment, String part) {
        return plan.moments().stream()
                .filter(candidate -> candidate.name().equals(moment))
                .findFirst()
                .orElseThrow()
                .bytes(part);
    }

    @Test
    void the_base_is_its_tensors() {
        // One byte a linear weight, four bytes a row and a norm, two bytes a number of the embedding.
        long linears = 30L * ((9 + 6) * 64 * 576 + 576 * 576 + 2 * 1536 * 576 + 576 * 1536);
        long rows = 30L * ((9 + 6) * 64 + 576 + 2 * 1536 + 576);
        long norms = 61L * 576;
        long embedding = 49152L * 576 * 2;
        assertThat(part(plan(Saving.ALL, BATCH), "forward", "base"))
                .isEqualTo(linears + 4 * rows + 4 * norms + embedding);
    }

    @Test
    void adapters_cost_sixteen_bytes_a_weight_and_their_copies() {
        MemoryPlan plan = plan(Saving.ALL, BATCH);
        assertThat(part(plan, "forward", "adapters and heads")).isEqualTo(4L * 4_884_480);
        assertThat(part(plan, "forward", "their gradients")).isEqualTo(4L * 4_884_480);
        assertThat(part(plan, "forward", "their optimiser state")).isEqualTo(8L * 4_884_480);
        assertThat(part(plan, "forward", "their compute copies")).isEqualTo(2L * 6_000_000);
    }

    @Test
    void what_layers_keep_follows_the_policy() {
        long tokens = 4 * 512;
        long input = tokens * 576 * 2;
        long activations = tokens * (2 * 9 * 64 + 2 * 3 * 64 + 576 + 2 * 1536) * 2;
        long activated = tokens * 1536 * 2;
        // chunks of 128 queries see 128, 256, 384 and 512 keys
        long probabilities = 4L * 9 * 128 * (128 + 256 + 384 + 512) * 2;
        String kept = "kept by the layers";
        assertThat(part(plan(Saving.INPUTS, BATCH), "backward", kept)).isEqualTo(30 * input);
        assertThat(part(plan(Saving.ATTENTION, BATCH), "backward", kept)).isEqualTo(30 * (input + activations));
        assertThat(part(plan(Saving.ALL, BATCH), "backward", kept))
                .isEqualTo(30 * (input + activations + activated + probabilities));
    }

    @Test
    void layers_that_are_computed_once_more_keep_their_inputs() {
        long input = 4L * 512 * 576 * 2;
        long attention = part(plan(Saving.ATTENTION, BATCH), "backward", "kept by the layers") / 30;
        assertThat(part(plan(Saving.ATTENTION, 10, BATCH), "backward", "kept by the layers"))
                .isEqualTo(10 * input + 20 * attention);
        long before = Long.MAX_VALUE;
        for (int layers : new int[] {0, 10, 20, 30}) {
            long peak = plan(Saving.ATTENTION, layers, BATCH).peak().bytes();
            assertThat(peak).isLessThan(before);
            before = peak;
        }
        assertThat(before).isEqualTo(plan(Saving.INPUTS, BATCH).peak().bytes());
    }

    @Test
    void less_kept_and_smaller_batches_lower_the_peak() {
        long all = plan(Saving.ALL, BATCH).peak().bytes();
        long attention = plan(Saving.ATTENTION, BATCH).peak().bytes();
        long inputs = plan(Saving.INPUTS, BATCH).peak().bytes();
        assertThat(all).isGreaterThan(attention);
        assertThat(attention).isGreaterThan(inputs);
        assertThat(plan(Saving.ALL, new PassShape(2, 512)).peak().bytes()).isLessThan(all);
    }

    @Test
    void the_cache_holds_keys_and_values_of_all_tokens() {
        MemoryPlan plan = new MemoryPlanner(SMOLLM2, EngineMemory.of(2, Saving.ALL), 0)
                .ppo(
                        List.of(),
                        new RolloutMemory(32, 8, 24, 1 << 20),
                        null,
                        new PassShape(32, 32),
                        new PassShape(32, 32));
        assertThat(part(plan, "rollout", "key-value cache")).isEqualTo(2L * 30 * 32 * 32 * 3 * 64 * 2);
        assertThat(part(plan, "rollout", "reordered weights")).isEqualTo(1 << 20);
        assertThat(plan.moments()).extracting(Moment::name).doesNotContain("reward");
        assertThat(plan.toText()).contains("rollout", "update, backward", "peak: ");
    }
}
