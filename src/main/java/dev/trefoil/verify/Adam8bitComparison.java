package dev.trefoil.verify;

import dev.trefoil.optim.AdamW8bit;
import dev.trefoil.optim.OptimizerState;
import dev.trefoil.optim.Parameters;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * {@code optim_adamw8bit}: each step starts from the codes and values that the case records for the step before, so a tie that
 * falls the other way is judged where it happens and not by what grows out of it.
 *
 * <p>{@code nearest.*} has exactly nearest codes: ours may differ by one step at ties only. The other states were coded by
 * bitsandbytes, whose lookup is coarse below 1e-4 of a block's maximum; there the decoded numbers are compared.
 */
final class Adam8bitComparison {

    /** How near the middle of two levels, as a share of their distance, a number must lie for either code to be right. */
    private static final double TIE = 1e-3;

    /** The same for bitsandbytes, in shares of the block's maximum: the grid of its lookup. */
    private static final double LOOKUP_GRID = 5e-5;

    private static final List<String> PARTS = List.of("state1", "absmax1", "state2", "absmax2");

    private final GoldenCase golden;
    private final Deviations deviations;
    private final double beta1;
    private final double beta2;

    Adam8bitComparison(GoldenCase golden, Deviations deviations) {
        this.golden = golden;
        this.deviations = deviations;
        double[] betas = Numbers.list(golden, golden.config().path("betas"));
        this.beta1 = betas[0];
        this.beta2 = betas[1];
    }

    void run() {
        int block = (int) golden.setting("blocksize");
        int smallest = (int) golden.setting("min_8bit_size");
        if (block != AdamW8bit.BLOCK || smallest != AdamW8bit.SMALLEST) {
            deviations.failed(
                    "blocksize",
                    "blocks of " + block + " from " + smallest + " numbers on; here they are " + AdamW8bit.BLOCK
                            + " and " + AdamW8bit.SMALLEST);
            return;
        }
        deviations.compare("qmap1", AdamW8bit.levels(true), golden.floats("qmap1"), null, Tolerance.of(1e-6, 1e-9));
        deviations.compare("qmap2", AdamW8bit.levels(false), golden.floats("qmap2"), null, Tolerance.of(1e-6, 1e-9));
        int steps = (int) golden.setting("steps");
        for (int step = 1; step <= steps; step++) {
            Map<String, OptimizerState.Tensor> nearest = step("nearest.", "", step);
            codes("nearest.", nearest, step, "1");
            codes("nearest.", nearest, step, "2");
            Map<String, OptimizerState.Tensor> published = step("", ".0", step);
            codes("", published, step, "1");
            codes("", published, step, "2");
        }
        small(steps);
    }

    /** Takes one step of parameter 0 from what the case has for the step before, and compares the values. */
    private Map<String, OptimizerState.Tensor> step(String prefix, String suffix, int step) {
        String before = step == 1 ? "in.param.0" : prefix + "param." + (step - 1) + suffix;
        Parameters parameter = OptimCases.parameter("0", golden.floats(before));
        parameter.gradients().put(0, golden.floats("in.grad." + step + ".0"));
        AdamW8bit optimizer = new AdamW8bit(OptimCases.settings(golden));
        if (step > 1) {
            List<OptimizerState.Tensor> state = new ArrayList<>();
            for (String part : PARTS) {
                state.add(recorded(prefix + part + "." + (step - 1), "0/" + part));
            }
            optimizer.restore(new OptimizerState(step - 1, state));
        }
        optimizer.step(List.of(parameter), golden.setting("lr"));
        deviations.compare(prefix + "param." + step + suffix, OptimCases.floats(parameter.values()));
        Map<String, OptimizerState.Tensor> after = new LinkedHashMap<>();
        for (OptimizerState.Tensor tensor : optimizer.state().tensors()) {
            after.put(tensor.name().substring(2), tensor);
        }
        return after;
    }

    private OptimizerState.Tensor recorded(String tensor, String name) {
        if (name.contains("absmax")) {
            float[] scales = golden.floats(tensor);
            ByteBuffer bytes = ByteBuffer.allocate(scales.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            bytes.asFloatBuffer().put(scales);
            return new OptimizerState.Tensor(name, "F32", bytes);
        }
        long[] codes = golden.longs(tensor);
        byte[] bytes = new byte[codes.length];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) codes[i];
        }
        return new OptimizerState.Tensor(name, "U8", ByteBuffer.wrap(bytes));
    }

    private void codes(String prefix, Map<String, OptimizerState.Tensor> after, int step, String moment) {
        String scaleName = prefix + "absmax" + moment + "." + step;
        float[] scales = OptimCases.floats(after.get("absmax" + moment).data());
        deviations.compare(scaleName, scales, golden.floats(scaleName), null, OptimCases.MOMENT);
        String name = prefix + "state" + moment + "." + step;
        ByteBuffer got = after.get("state" + moment).data();
        long[] want = golden.longs(name);
        if (want.length != got.limit()) {
            deviations.failed(name, "got " + got.limit() + " codes, want " + want.length);
            return;
        }
        float[] levels = AdamW8bit.levels(moment.equals("1"));
        double[] moments = moments(prefix, step, moment, levels);
        double[] off = new double[want.length];
        boolean nearest = !prefix.isEmpty();
        for (int i = 0; i < off.length; i++) {
            int code = got.get(i) & 0xff;
            double decoded = Math.abs((double) levels[code] - levels[(int) want[i]]);
            boolean tie = isTie(
                    code, (int) want[i], levels, moments[i] / scales[i / AdamW8bit.BLOCK], nearest ? 0 : LOOKUP_GRID);
            off[i] = tie ? 0 : nearest ? Double.POSITIVE_INFINITY : decoded;
        }
        Tolerance tolerance = nearest ? Tolerance.exactly() : golden.tolerance("state* (bitsandbytes)");
        deviations.compare(name, off, new double[off.length], null, tolerance);
    }

    /** Whether the codes are the same, or neighbours with {@code x} in the middle of their levels. */
    private static boolean isTie(int a, int b, float[] levels, double x, double grid) {
        double middle = ((double) levels[a] + levels[b]) / 2;
        double distance = Math.abs((double) levels[a] - levels[b]);
        return a == b || (Math.abs(a - b) == 1 && Math.abs(x - middle) <= grid + TIE * distance);
    }

    /** The moments before they are coded, from the recorded codes of the step before. */
    private double[] moments(String prefix, int step, String moment, float[] levels) {
        boolean first = moment.equals("1");
        double decay = first ? beta1 : beta2;
        float[] gradients = golden.floats("in.grad." + step + ".0");
        double[] result = new double[gradients.length];
        for (int i = 0; i < result.length; i++) {
            result[i] = (1 - decay) * (first ? gradients[i] : (double) gradients[i] * gradients[i]);
        }
        if (step > 1) {
            long[] codes = golden.longs(prefix + "state" + moment + "." + (step - 1));
            float[] scales = golden.floats(prefix + "absmax" + moment + "." + (step - 1));
            for (int i = 0; i < result.length; i++) {
                result[i] += decay * levels[(int) codes[i]] * scales[i / AdamW8bit.BLOCK];
            }
        }
        return result;
    }

    /** Parameter 1 is too small for codes: a plain trajectory. */
    private void small(int steps) {
        if (!golden.has("in.param.1")) {
            return;
        }
        Parameters parameter = OptimCases.parameters(golden).get(1);
        AdamW8bit optimizer = new AdamW8bit(OptimCases.settings(golden));
        for (int step = 1; step <= steps; step++) {
            parameter.gradients().put(0, golden.floats("in.grad." + step + ".1"));
            optimizer.step(List.of(parameter), golden.setting("lr"));
            deviations.compare("param." + step + ".1", OptimCases.floats(parameter.values()));
        }
    }
}
