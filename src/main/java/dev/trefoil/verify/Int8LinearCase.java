package dev.trefoil.verify;

import dev.trefoil.kernel.Arithmetic;
import dev.trefoil.kernel.KernelArray;
import dev.trefoil.kernel.KernelConstants;
import dev.trefoil.kernel.KernelScope;
import dev.trefoil.kernel.Kernels;
import dev.trefoil.quant.RowQuantiser;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/** {@code int8_*} of one linear: codes of weights and activations, outlier columns, the product in its forms and back. */
final class Int8LinearCase implements CaseCheck {

    /** What bitsandbytes 0.50's CPU backend takes for 1/127^2. */
    static final double BITSANDBYTES_UNIT = 6.200124e-05;

    @Override
    public void check(GoldenCase golden, Deviations deviations) {
        Linear linear = new Linear(golden, deviations);
        linear.weightCodes();
        Arithmetic quantised = Arithmetic.int8(golden.setting("threshold"));
        try (Kernels kernels = Kernels.load(KernelConstants.productsOnly(quantised))) {
            linear.activations(kernels);
            linear.quantised(kernels);
        }
        try (Kernels kernels = Kernels.load(KernelConstants.productsOnly(quantised.withInt8Unit(BITSANDBYTES_UNIT)))) {
            linear.asBitsandbytes(kernels);
        }
        try (Kernels kernels = Kernels.load(KernelConstants.productsOnly(Arithmetic.fp32()))) {
            linear.dequantised(kernels);
        }
    }

    /** Letters: n rows, k inputs, m outputs. */
    private record Linear(GoldenCase golden, Deviations deviations) {

        private int k() {
            return (int) golden.shape("in.weight")[1];
        }

        private int m() {
            return (int) golden.shape("in.weight")[0];
        }

        void weightCodes() {
            float[] weight = golden.floats("in.weight");
            long[] got = new long[weight.length];
            float[] absmax = new float[m()];
            byte[] codes = new byte[weight.length];
            for (int row = 0; row < m(); row++) {
                absmax[row] = RowQuantiser.quantise(weight, row * k(), k(), codes, row * k());
            }
            for (int i = 0; i < got.length; i++) {
                got[i] = codes[i];
            }
            deviations.compare("SCB", absmax, golden.floats("SCB"), null, Tolerance.of(1e-6, 0));
            deviations.codes("CB", got, golden.longs("CB"), RowCodes.ties(weight, absmax, k()));
        }

        void activations(Kernels kernels) {
            try (KernelScope scope = kernels.root().inner()) {
                List<KernelArray> found = kernels.activationRows(scope, input(scope, "in.x"));
                float[] codes = kernels.floats(scope, found.get(0));
                float[] absmax = kernels.floats(scope, found.get(1));
                long[] columns = found.get(2).size() == 0 ? new long[0] : kernels.longs(found.get(2));
                deviations.exact("outlier_cols", columns, golden.longs("outlier_cols"));
                deviations.compare("SCA", absmax, golden.floats("SCA"), null, Tolerance.of(1e-6, 0));
                long[] rounded = new long[codes.length];
                for (int i = 0; i < codes.length; i++) {
                    rounded[i] = (long) codes[i];
                }
                boolean[] ties = RowCodes.ties(golden.floats("in.x"), absmax, k());
                deviations.codes("CA", rounded, golden.longs("CA"), ties);
                deviations.exact("accumulator", accumulator(), golden.longs("accumulator"));
            }
        }

        /** Of the case's own codes, so that a tie elsewhere does not show here. */
        private long[] accumulator() {
            long[] x = golden.longs("CA");
            long[] w = golden.longs("CB");
            long[] sums = new long[x.length / k() * m()];
            for (int i = 0; i < sums.length; i++) {
                for (int j = 0; j < k(); j++) {
                    sums[i] += x[i / m() * k() + j] * w[i % m() * k() + j];
                }
            }
            return sums;
        }

        void quantised(Kernels kernels) {
            try (KernelScope scope = kernels.root().inner()) {
                deviations.compare("y_numpy", forward(kernels, scope, codes(scope), input(scope, "SCB")));
            }
        }

        void asBitsandbytes(Kernels kernels) {
            try (KernelScope scope = kernels.root().inner()) {
                float[] y = forward(kernels, scope, codes(scope), input(scope, "SCB"));
                deviations.compare("y_bnb_cpu_eval", y);
                float[] exact = golden.floats("y_fp32");
                scalar("relative_error_int8", relativeError(y, exact));
                double off = 0;
                for (int i = 0; i < y.length; i++) {
                    off = Math.max(off, Math.abs(y[i] - exact[i]));
                }
                scalar("max_abs_error_int8", off);
            }
        }

        private void scalar(String quantity, double got) {
            if (golden.scalars().has(quantity)) {
                deviations.scalar(quantity, got);
            }
        }

        void dequantised(Kernels kernels) {
            try (KernelScope scope = kernels.root().inner()) {
                float[] y = forward(kernels, scope, codes(scope), input(scope, "SCB"));
                deviations.compare("y_bnb_cpu_train", y);
                float[] exact = forward(kernels, scope, input(scope, "in.weight"), kernels.none(scope));
                deviations.compare("y_fp32", exact);
                scalar("relative_error_dequantised_weight", relativeError(y, exact));
                KernelArray back = kernels.linearBack(
                        scope,
                        input(scope, "in.x"),
                        input(scope, "in.grad_output"),
                        codes(scope),
                        input(scope, "SCB"),
                        kernels.none(scope));
                deviations.compare("grad_x", kernels.floats(scope, back));
            }
        }

        private float[] forward(Kernels kernels, KernelScope scope, KernelArray weight, KernelArray absmax) {
            KernelArray bias = golden.has("in.bias") ? input(scope, "in.bias") : kernels.none(scope);
            return kernels.floats(scope, kernels.linear(scope, input(scope, "in.x"), weight, absmax, bias));
        }

        private KernelArray input(KernelScope scope, String name) {
            return scope.floats(golden.floats(name), golden.shape(name));
        }

        private KernelArray codes(KernelScope scope) {
            long[] codes = golden.longs("CB");
            ByteBuffer bytes = ByteBuffer.allocateDirect(codes.length).order(ByteOrder.LITTLE_ENDIAN);
            for (int i = 0; i < codes.length; i++) {
                bytes.put(i, (byte) codes[i]);
            }
            return scope.int8(bytes, golden.shape("CB"));
        }

        private static double relativeError(float[] got, float[] want) {
            double off = 0;
            double norm = 0;
            for (int i = 0; i < got.length; i++) {
                off += Math.pow(got[i] - want[i], 2);
                norm += Math.pow(want[i], 2);
            }
            return Math.sqrt(off / norm);
        }
    }
}
