package dev.trefoil.merge;

import dev.trefoil.adapter.LinearSite;
import dev.trefoil.merge.Adapters.Factors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The sum of a published weight and its adapters' products, in float32: {@code W + sum of scaling * B A} (Hu et al. 2021, equation 3),
 * for rows of the weight as it is stored, [out, in] or [in, out].
 */
final class MergedTensor {

    /** Factors as arrays: a [rank, in], b [out, rank]. */
    private record Pair(float[] a, float[] b, int rank, float scaling) {}

    private final LinearSite site;
    private final List<Pair> pairs = new ArrayList<>();

    MergedTensor(LinearSite site, List<Factors> factors) {
        this.site = site;
        for (Factors each : factors) {
            float[] a = new float[each.module().lengthA()];
            float[] b = new float[each.module().lengthB()];
            each.adapter().a(each.module()).get(a);
            each.adapter().b(each.module()).get(b);
            pairs.add(new Pair(a, b, each.module().rank(), (float) each.module().scaling()));
        }
    }

    /**
     * Adds to stored rows.
     *
     * @param values [count, width] of the stored weight, from row {@code first} on
     */
    void addTo(float[] values, int first, int count) {
        int width = site.transposed() ? site.rows() : site.columns();
        float[] product = new float[width];
        for (int row = 0; row < count; row++) {
            for (Pair pair : pairs) {
                Arrays.fill(product, 0);
                if (site.transposed()) {
                    column(pair, first + row, product);
                } else {
                    row(pair, first + row, product);
                }
                for (int i = 0; i < width; i++) {
                    values[row * width + i] += pair.scaling * product[i];
                }
            }
        }
    }

    /** One row of B A: [in]. */
    private void row(Pair pair, int row, float[] product) {
        for (int k = 0; k < pair.rank; k++) {
            float factor = pair.b[row * pair.rank + k];
            int from = k * product.length;
            for (int i = 0; i < product.length; i++) {
                product[i] += factor * pair.a[from + i];
            }
        }
    }

    /** One column of B A: [out]. */
    private void column(Pair pair, int column, float[] product) {
        for (int k = 0; k < pair.rank; k++) {
            float factor = pair.a[k * site.columns() + column];
            for (int i = 0; i < product.length; i++) {
                product[i] += factor * pair.b[i * pair.rank + k];
            }
        }
    }
}
