package dev.trefoil.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.trefoil.UserError;
import dev.trefoil.adapter.WeightedAdapters.Combination;
import dev.trefoil.adapter.WeightedAdapters.Weighted;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Random;
import org.apache.commons.math3.linear.MatrixUtils;
import org.apache.commons.math3.linear.RealMatrix;
import org.apache.commons.math3.linear.SingularValueDecomposition;
import org.junit.jupiter.api.Test;

/** Sums of adapters against the changes of weights that they stand for. */
class WeightedAdaptersTest {

    private static final double CLOSE = 1e-5;

    private final List<LinearSite> sites = List.of(
            new LinearSite(0, Slot.QKV, "layers.0.c_attn", 0, 12, 8, RowOrder.headByHead(2, 2), true),
            new LinearSite(0, Slot.OUT, "layers.0.c_proj", 0, 8, 8));

    private LoraAdapter adapter(String name, int rank, double alpha, String... targets) {
        LoraAdapter adapter =
                LoraAdapter.create(name, LoraConfig.of(rank, alpha, 0, TargetModules.names(targets)), sites, 3);
        Random random = new Random(name.hashCode());
        FloatBuffer values = adapter.values();
        while (values.hasRemaining()) {
            values.put((float) random.nextGaussian());
        }
        return adapter;
    }

    /** scaling B A of a linear, [out, in]; null if the adapter leaves it alone. */
    private static RealMatrix change(LoraAdapter adapter, String module) {
        for (LoraModule each : adapter.modules()) {
            if (each.site().module().equals(module)) {
                RealMatrix a = matrix(adapter.a(each), each.rank(), each.site().columns());
                RealMatrix b = matrix(adapter.b(each), each.site().rows(), each.rank());
                return b.multiply(a).scalarMultiply(each.scaling());
            }
        }
        return null;
    }

    private static RealMatrix matrix(FloatBuffer values, int rows, int columns) {
        RealMatrix matrix = MatrixUtils.createRealMatrix(rows, columns);
        for (int i = 0; i < rows * columns; i++) {
            matrix.setEntry(i / columns, i % columns, values.get(i));
        }
        return matrix;
    }

    private static double distance(RealMatrix one, RealMatrix other) {
        return one.subtract(other).getFrobeniusNorm();
    }

    @Test
    void cat_is_exactly_the_weighted_sum_of_any_ranks_and_targets() {
        LoraAdapter first = adapter("first", 2, 3, "c_attn", "c_proj");
        LoraAdapter second = adapter("second", 3, 7, "c_attn");
        LoraAdapter sum = WeightedAdapters.combine(
                "sum", sites, List.of(new Weighted(first, 0.75), new Weighted(second, -2)), Combination.CAT, null);
        RealMatrix wanted = change(first, "layers.0.c_attn")
                .scalarMultiply(0.75)
                .subtract(change(second, "layers.0.c_attn").scalarMultiply(2));
        assertThat(distance(change(sum, "layers.0.c_attn"), wanted)).isLessThan(CLOSE);
        RealMatrix alone = change(first, "layers.0.c_proj").scalarMultiply(0.75);
        assertThat(distance(change(sum, "layers.0.c_proj"), alone)).isLessThan(CLOSE);
        assertThat(sum.config().r()).isEqualTo(5);
        assertThat(sum.config().fanInFanOut()).isTrue();
        assertThat(sum.modules().get(0).scaling()).isEqualTo(1);
    }

    @Test
    void linear_takes_the_root_of_each_weight_into_both_factors() {
        LoraAdapter first = adapter("first", 2, 4, "c_attn");
        LoraAdapter second = adapter("second", 2, 6, "c_attn");
        LoraAdapter sum = WeightedAdapters.combine(
                "sum", sites, List.of(new Weighted(first, 0.5), new Weighted(second, -1)), Combination.LINEAR, null);
        LoraModule module = sum.modules().get(0);
        float a = first.a(first.modules().get(0)).get(5) * (float) Math.sqrt(1)
                - second.a(second.modules().get(0)).get(5) * (float) Math.sqrt(3);
        float b = first.b(first.modules().get(0)).get(7) * (float) Math.sqrt(1)
                + second.b(second.modules().get(0)).get(7) * (float) Math.sqrt(3);
        assertThat(sum.a(module).get(5)).isCloseTo(a, within(1e-5f));
        assertThat(sum.b(module).get(7)).isCloseTo(b, within(1e-5f));
        assertThatThrownBy(() -> WeightedAdapters.combine(
                        "sum",
                        sites,
                        List.of(new Weighted(first, 1), new Weighted(adapter("third", 3, 3, "c_proj"), 1)),
                        Combination.LINEAR,
                        null))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("[2, 3]")
                .hasMessageContaining("cat");
    }

    @Test
    void svd_keeps_the_largest_singular_values() {
        LoraAdapter first = adapter("first", 2, 4, "c_attn");
        LoraAdapter second = adapter("second", 3, 3, "c_attn");
        List<Weighted> both = List.of(new Weighted(first, 1), new Weighted(second, 0.5));
        RealMatrix exact =
                change(WeightedAdapters.combine("cat", sites, both, Combination.CAT, null), "layers.0.c_attn");
        double[] values = new SingularValueDecomposition(exact).getSingularValues();
        RealMatrix whole = change(WeightedAdapters.combine("svd", sites, both, Combination.SVD, 6), "layers.0.c_attn");
        assertThat(distance(whole, exact)).as("no more than rank 5").isLessThan(CLOSE * values[0]);
        RealMatrix cut = change(WeightedAdapters.combine("svd", sites, both, Combination.SVD, null), "layers.0.c_attn");
        assertThat(distance(cut, exact)).isCloseTo(Math.hypot(values[3], values[4]), within(CLOSE * values[0]));
    }

    @Test
    void nothing_stays_nothing() {
        LoraAdapter fresh =
                LoraAdapter.create("fresh", LoraConfig.of(2, 4, 0, TargetModules.names("c_attn")), sites, 1);
        LoraAdapter sum = WeightedAdapters.combine(
                "sum", sites, List.of(new Weighted(fresh, 1), new Weighted(fresh, 1)), Combination.SVD, null);
        assertThat(change(sum, "layers.0.c_attn").getFrobeniusNorm()).isZero();
    }

    @Test
    void modules_held_in_full_have_no_weighted_sum() {
        LoraConfig config = LoraConfig.of(2, 4, 0, TargetModules.names("c_attn"));
        LoraAdapter scoring = LoraAdapter.create("reward", config, sites, List.of(SavedModule.shape("score", 1, 8)), 1);
        assertThatThrownBy(() -> WeightedAdapters.combine(
                        "sum", sites, List.of(new Weighted(scoring, 1)), Combination.CAT, null))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("score");
        assertThatThrownBy(() -> scoring.weighted(0.5))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("score");
    }

    @Test
    void rows_in_another_order_reach_their_places() {
        LoraAdapter adapter = adapter("first", 1, 1, "c_attn").withGradients();
        AdapterStack stack = AdapterStack.of(sites, List.of(adapter), true);
        FloatBuffer a = FloatBuffer.allocate(8);
        FloatBuffer b = FloatBuffer.allocate(12);
        stack.fill(0, Slot.QKV, a, b);
        LoraModule module = adapter.modules().get(0);
        float[] published = new float[12];
        adapter.b(module).get(published);
        // canonical: q of both heads, k of both, v of both; published: q, k, v of head 0, then of head 1; two rows each
        assertThat(b.array())
                .containsExactly(
                        published[0],
                        published[1],
                        published[6],
                        published[7],
                        published[2],
                        published[3],
                        published[8],
                        published[9],
                        published[4],
                        published[5],
                        published[10],
                        published[11]);
        float[] gradient = new float[12];
        for (int i = 0; i < 12; i++) {
            gradient[i] = i;
        }
        stack.addGradient(0, Slot.QKV, FloatBuffer.allocate(8), FloatBuffer.wrap(gradient));
        float[] found = new float[12];
        adapter.gradients().get(module.offsetB(), found);
        assertThat(found).containsExactly(0, 1, 4, 5, 8, 9, 2, 3, 6, 7, 10, 11);
    }
}
