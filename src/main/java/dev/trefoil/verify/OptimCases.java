package dev.trefoil.verify;

import dev.trefoil.optim.AdamSettings;
import dev.trefoil.optim.AdamW;
import dev.trefoil.optim.GradientClip;
import dev.trefoil.optim.OptimizerState;
import dev.trefoil.optim.Parameters;
import dev.trefoil.optim.Schedule;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;

/** {@code optim_adamw}, {@code optim_adamw8bit} and {@code optim_schedules}; which of them, the settings tell. */
public final class OptimCases implements CaseCheck {

    /** Rates are far below the absolute part of fp32, and both sides compute in double. */
    private static final Tolerance RATE = Tolerance.of(1e-9, 1e-15);

    /** Moments of gradients are small; second moments smaller than the absolute part of fp32. */
    static final Tolerance MOMENT = Tolerance.scaled(1e-4, 1e-6);

    @Override
    public void check(GoldenCase golden, Deviations deviations) {
        if (golden.config().has("warmup")) {
            schedules(golden, deviations);
        } else if (golden.config().has("blocksize")) {
            new Adam8bitComparison(golden, deviations).run();
        } else {
            adamW(golden, deviations);
        }
    }

    private static void schedules(GoldenCase golden, Deviations deviations) {
        golden.scalars().properties().forEach(entry -> {
            double[] want = Numbers.list(golden, entry.getValue());
            Schedule schedule =
                    Schedule.of(entry.getKey(), golden.setting("peak"), (long) golden.setting("warmup"), (long)
                            golden.setting("total"));
            double[] got = new double[want.length];
            for (int step = 0; step < got.length; step++) {
                got[step] = schedule.rate(step);
            }
            deviations.compare(entry.getKey(), got, want, null, RATE);
        });
    }

    private static void adamW(GoldenCase golden, Deviations deviations) {
        List<Parameters> parameters = parameters(golden);
        AdamW optimizer = new AdamW(settings(golden));
        double[] norms = new double[(int) golden.setting("steps")];
        boolean clips = golden.config().path("max_norm").isNumber();
        for (int step = 1; step <= norms.length; step++) {
            for (int i = 0; i < parameters.size(); i++) {
                parameters.get(i).gradients().put(0, golden.floats("in.grad." + step + "." + i));
            }
            if (clips) {
                norms[step - 1] = GradientClip.clip(parameters, golden.setting("max_norm"));
            }
            for (int i = 0; clips && i < parameters.size(); i++) {
                deviations.compare(
                        "clipped." + step + "." + i, floats(parameters.get(i).gradients()));
            }
            optimizer.step(parameters, golden.setting("lr"));
            for (int i = 0; i < parameters.size(); i++) {
                deviations.compare(
                        "param." + step + "." + i, floats(parameters.get(i).values()));
            }
            for (OptimizerState.Tensor tensor : optimizer.state().tensors()) {
                String[] name = tensor.name().split("/");
                String quantity = name[1] + "." + step + "." + name[0];
                deviations.compare(quantity, floats(tensor.data()), golden.floats(quantity), null, MOMENT);
            }
        }
        if (clips) {
            double[] want = Numbers.list(golden, golden.scalars().path("total_norm"));
            deviations.compare("total_norm", norms, want, null, golden.tolerance("total_norm"));
        }
    }

    /** Parameters named "0", "1", ... with the values that the case starts from. */
    static List<Parameters> parameters(GoldenCase golden) {
        List<Parameters> parameters = new ArrayList<>();
        for (int i = 0; golden.has("in.param." + i); i++) {
            parameters.add(parameter(Integer.toString(i), golden.floats("in.param." + i)));
        }
        return parameters;
    }

    static Parameters parameter(String name, float[] values) {
        FloatBuffer buffer = direct(values.length).put(0, values);
        return new Parameters(name, buffer, direct(values.length));
    }

    static AdamSettings settings(GoldenCase golden) {
        double[] betas = Numbers.list(golden, golden.config().path("betas"));
        return new AdamSettings(
                betas[0],
                betas[1],
                golden.setting("eps"),
                golden.setting("weight_decay"),
                AdamSettings.EpsilonMode.TORCH);
    }

    static float[] floats(FloatBuffer buffer) {
        float[] result = new float[buffer.capacity()];
        buffer.get(0, result);
        return result;
    }

    static float[] floats(ByteBuffer littleEndian) {
        return floats(
                littleEndian.duplicate().rewind().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer());
    }

    private static FloatBuffer direct(int size) {
        return ByteBuffer.allocateDirect(size * Float.BYTES)
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
    }
}
