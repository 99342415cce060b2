package dev.trefoil.verify;

import dev.trefoil.adapter.AdapterStack;
import dev.trefoil.adapter.LinearSite;
import dev.trefoil.adapter.LoraAdapter;
import dev.trefoil.model.EngineConfig;
import dev.trefoil.model.Role;
import dev.trefoil.model.SharedBase;
import dev.trefoil.quant.BaseStore;
import dev.trefoil.quant.Precision;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Locale;

/**
 * {@code int8_model_*}: a checkpoint whose block linears are int8, alone and under an adapter; with quantised activations, and with
 * dequantised weights, which is where the gradients belong.
 */
final class Int8ModelCase implements CaseCheck {

    private static final String NAME = "golden";

    /** By how many units in the last place the scale of int8 products is moved, until the logits fit. */
    private static final int[] LAST_BITS = {0, 1, -1, 2, -2, 4, -4};

    @Override
    public void check(GoldenCase golden, Deviations deviations) {
        EngineConfig quantised = quantised(golden);
        GoldenBatch rows = GoldenBatch.of(golden, "in.");
        try (GoldenBase opened =
                GoldenBase.open(golden, GoldenBase.modelOf(golden), Precision.INT8, EngineConfig.parity())) {
            LoraAdapter adapter = opened.adapter(NAME);
            AdapterStack stack = AdapterStack.of(opened.base().sites(), List.of(adapter), true);
            weights(golden, deviations, opened);
            try (Role off = Role.of(opened.base(), stack.with(NAME, false));
                    Role on = Role.of(opened.base(), stack)) {
                rows.compareLogits(deviations, "dequantised.logits", off);
                rows.compareLogits(deviations, "dequantised.lora.logits", on);
                gradients(golden, deviations, rows, on, adapter);
            }
            try (Role off = Role.of(opened.with(quantised), stack.with(NAME, false))) {
                OutlierColumns.compare(golden, deviations, off, rows.batch());
            }
            quantised(golden, deviations, rows, opened, stack.with(NAME, false), "int8.logits");
            quantised(golden, deviations, rows, opened, stack, "int8.lora.logits");
        }
        full(golden, deviations, rows);
    }

    private static EngineConfig quantised(GoldenCase golden) {
        return EngineConfig.int8Parity(golden.setting("threshold"));
    }

    /**
     * Activations that lie between two int8 codes fall to either side by the last bit of what was computed before them, and one such
     * step shows in the logits of a tiny model. So where the logits are off, they are computed again with products that differ in
     * their last bits: a rounding gives way to that, a mistake does not.
     */
    private static void quantised(
            GoldenCase golden,
            Deviations deviations,
            GoldenBatch rows,
            GoldenBase opened,
            AdapterStack stack,
            String quantity) {
        float[] want = golden.floats(quantity);
        boolean[] mask = rows.realTimes(opened.base().config().shape().vocabSize());
        float[] got = null;
        for (int lastBits : LAST_BITS) {
            try (SharedBase base = opened.asBitsandbytes(quantised(golden), lastBits);
                    Role role = Role.of(base, stack)) {
                float[] logits = rows.logits(role);
                boolean fits = relativeError(logits, want, mask)
                        <= golden.tolerance(quantity).relativeNorm();
                got = got == null || fits ? logits : got;
                if (fits) {
                    break;
                }
            }
        }
        deviations.compare(quantity, got, mask);
    }

    private static void gradients(
            GoldenCase golden, Deviations deviations, GoldenBatch rows, Role role, LoraAdapter adapter) {
        int tokens = MeanLoss.of(role, rows.batch()).tokens();
        MeanLoss loss = MeanLoss.backward(role, rows.batch(), tokens);
        deviations.scalar("dequantised.lora.loss", loss.mean());
        AdapterTensors.compare(deviations, golden, "grad.", AdapterTensors.gradients(adapter));
    }

    private static void full(GoldenCase golden, Deviations deviations, GoldenBatch rows) {
        if (!golden.has("fp32.logits")) {
            return;
        }
        try (GoldenBase opened = GoldenBase.open(golden, EngineConfig.parity());
                Role role = ArchCase.bare(opened.base())) {
            rows.compareLogits(deviations, "fp32.logits", role);
            if (golden.scalars().has("relative_error_int8")) {
                int vocabulary = role.base().config().shape().vocabSize();
                double error = relativeError(
                        golden.floats("int8.logits"), golden.floats("fp32.logits"), rows.realTimes(vocabulary));
                deviations.scalar("relative_error_int8", error);
            }
        }
    }

    private static double relativeError(float[] got, float[] want, boolean[] mask) {
        double off = 0;
        double norm = 0;
        for (int i = 0; i < got.length; i++) {
            if (mask[i]) {
                off += Math.pow(got[i] - want[i], 2);
                norm += Math.pow(want[i], 2);
            }
        }
        return Math.sqrt(off / norm);
    }

    /** The codes and scales that the case has for some modules, against the store's rows. */
    private static void weights(GoldenCase golden, Deviations deviations, GoldenBase opened) {
        CheckpointCopy published = CheckpointCopy.read(GoldenBase.modelOf(golden));
        try (BaseStore store = BaseStore.open(opened.base().folder())) {
            for (LinearSite site : opened.base().sites()) {
                String quantity = "weight." + site.module() + ".";
                if (golden.has(quantity + "CB") && golden.has(quantity + "SCB")) {
                    float[] absmax = absmax(store, site);
                    float[] values = published.floats(site.module() + ".weight");
                    deviations.compare(quantity + "SCB", absmax);
                    deviations.codes(
                            quantity + "CB",
                            codes(store, site),
                            golden.longs(quantity + "CB"),
                            RowCodes.ties(values, absmax, site.columns()));
                }
            }
        }
    }

    private static String stored(LinearSite site) {
        return "layers." + site.layer() + "." + site.slot().name().toLowerCase(Locale.ROOT);
    }

    private static float[] absmax(BaseStore store, LinearSite site) {
        FloatBuffer all = store.bytes(stored(site) + ".absmax").asFloatBuffer();
        int[] canonical = site.canonicalRows();
        float[] rows = new float[canonical.length];
        for (int row = 0; row < rows.length; row++) {
            rows[row] = all.get(canonical[row]);
        }
        return rows;
    }

    private static long[] codes(BaseStore store, LinearSite site) {
        ByteBuffer bytes = store.bytes(stored(site) + ".weight");
        int columns = site.columns();
        int[] canonical = site.canonicalRows();
        long[] codes = new long[site.rows() * columns];
        for (int i = 0; i < codes.length; i++) {
            codes[i] = bytes.get(canonical[i / columns] * columns + i % columns);
        }
        return codes;
    }
}
