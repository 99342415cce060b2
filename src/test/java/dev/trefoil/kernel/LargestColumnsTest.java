package dev.trefoil.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Int8 products whose outstanding columns are multiplied in float are close to exact ones, in both directions. */
class LargestColumnsTest {

    private static final int ROWS = 24;
    private static final int IN = 64;
    private static final int OUT = 48;
    private static final int COLUMNS = 4;

    /** Two of these columns carry the range of every row. */
    private static final int[] OUTSTANDING = {3, 40};

    private static final float TIMES = 100;

    /** A row that is rounded to 127 steps of its largest entry, some three times the usual one. */
    private static final double ROUNDING = 0.02;

    /** What is rounded to bfloat16 twice instead of once. */
    private static final double BFLOAT16 = 0.005;

    private final Random random = new Random(7);
    private final byte[] codes = codes();
    private final float[] absmax = absmax();

    @Test
    void forward() {
        float[] x = rows(IN);
        double[] exact = product(x, false);
        assertThat(difference(forward(x, COLUMNS), exact)).isLessThan(ROUNDING);
        assertThat(difference(forward(x, 0), exact)).isGreaterThan(10 * difference(forward(x, COLUMNS), exact));
    }

    @Test
    void backward() {
        float[] g = rows(OUT);
        double[] exact = product(g, true);
        assertThat(difference(backward(g, COLUMNS), exact)).isLessThan(ROUNDING);
        assertThat(difference(backward(g, 0), exact)).isGreaterThan(10 * difference(backward(g, COLUMNS), exact));
    }

    @Test
    void more_columns_than_there_are() {
        float[] x = rows(IN);
        assertThat(difference(forward(x, 2 * IN), product(x, false))).isLessThan(1e-6);
    }

    @Test
    void packed_weights_multiply_as_others_do() {
        float[] x = rows(IN);
        float[] g = rows(OUT);
        try (Kernels kernels = kernels(COLUMNS, true)) {
            KernelScope scope = kernels.root();
            assumeTrue(kernels.packsInt8(scope));
            KernelArray none = kernels.none(scope);
            KernelArray w = scope.int8(codes, OUT, IN);
            KernelArray scale = scope.floats(absmax, OUT);
            KernelArray packed = kernels.packed(scope, w);
            KernelArray transpose = kernels.packedTranspose(scope, w);
            KernelArray rows = bfloat16(kernels, x, IN);
            KernelArray gradients = bfloat16(kernels, g, OUT);
            float[] y = kernels.floats(scope, kernels.linear(scope, rows, w, scale, none));
            float[] packedY = kernels.floats(scope, kernels.linear(scope, rows, packed, scale, none));
            assertThat(difference(packedY, doubles(y))).isLessThan(BFLOAT16);
            assertThat(difference(packedY, product(x, false))).isLessThan(ROUNDING);
            float[] d = kernels.floats(scope, kernels.linearBack(scope, rows, gradients, w, scale, none));
            float[] packedD =
                    kernels.floats(scope, kernels.linearBack(scope, rows, gradients, packed, scale, transpose));
            assertThat(difference(packedD, doubles(d))).isLessThan(BFLOAT16);
            assertThat(difference(packedD, product(g, true))).isLessThan(ROUNDING);
        }
    }

    private static KernelArray bfloat16(Kernels kernels, float[] values, int width) {
        KernelScope scope = kernels.root();
        return kernels.computeCopies(scope, KernelList.of(List.of(scope.floats(values, ROWS, width))))
                .get(0);
    }

    private static double[] doubles(float[] values) {
        return IntStream.range(0, values.length).mapToDouble(i -> values[i]).toArray();
    }

    private float[] forward(float[] x, int columns) {
        try (Kernels kernels = kernels(columns, false)) {
            KernelScope scope = kernels.root();
            KernelArray y = kernels.linear(
                    scope,
                    scope.floats(x, ROWS, IN),
                    scope.int8(codes, OUT, IN),
                    scope.floats(absmax, OUT),
                    kernels.none(scope));
            return kernels.floats(scope, y);
        }
    }

    private float[] backward(float[] g, int columns) {
        try (Kernels kernels = kernels(columns, false)) {
            KernelScope scope = kernels.root();
            KernelArray d = kernels.linearBack(
                    scope,
                    scope.floats(new float[ROWS * IN], ROWS, IN),
                    scope.floats(g, ROWS, OUT),
                    scope.int8(codes, OUT, IN),
                    scope.floats(absmax, OUT),
                    kernels.none(scope));
            return kernels.floats(scope, d);
        }
    }

    private static Kernels kernels(int columns, boolean bf16) {
        Arithmetic arithmetic = new Arithmetic(
                bf16, true, true, true, true, 0, false, columns, Arithmetic.EXACT_UNIT, Arithmetic.QUERY_CHUNK);
        return Kernels.load(KernelConstants.productsOnly(arithmetic));
    }

    /** The product with the weight, or with its transpose. */
    private double[] product(float[] rows, boolean back) {
        int in = back ? OUT : IN;
        int out = back ? IN : OUT;
        double[] found = new double[ROWS * out];
        for (int r = 0; r < ROWS; r++) {
            for (int o = 0; o < out; o++) {
                for (int i = 0; i < in; i++) {
                    int row = back ? i : o;
                    int column = back ? o : i;
                    found[r * out + o] += rows[r * in + i] * (codes[row * IN + column] * absmax[row] / 127.0);
                }
            }
        }
        return found;
    }

    private static double difference(float[] found, double[] exact) {
        double difference = 0;
        double size = 0;
        for (int i = 0; i < exact.length; i++) {
            difference += Math.pow(found[i] - exact[i], 2);
            size += exact[i] * exact[i];
        }
        return Math.sqrt(difference / size);
    }

    /** Rows in which all that tells one from another lies in the small columns: the outstanding ones are nearly the same in all. */
    private float[] rows(int width) {
        float[] rows = new float[ROWS * width];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = (float) random.nextGaussian();
        }
        for (int column : OUTSTANDING) {
            for (int r = 0; r < ROWS; r++) {
                rows[r * width + column] = TIMES;
            }
        }
        return rows;
    }

    private byte[] codes() {
        byte[] bytes = new byte[OUT * IN];
        random.nextBytes(bytes);
        for (int i = 0; i < bytes.length; i++) {
            boolean small = i % IN == OUTSTANDING[0] || i % IN == OUTSTANDING[1];
            boolean smallRow = i / IN == OUTSTANDING[0] || i / IN == OUTSTANDING[1];
            bytes[i] = small || smallRow ? 1 : (byte) Math.max(-127, bytes[i]);
        }
        return bytes;
    }

    private float[] absmax() {
        float[] found = new float[OUT];
        for (int i = 0; i < OUT; i++) {
            found[i] = 0.5f + random.nextFloat();
        }
        return found;
    }
}
