package dev.trefoil.model;

import dev.trefoil.kernel.ComputeDevice;
import dev.trefoil.kernel.Kernels;
import java.util.Optional;

/** Number format of activations: float32 for parity, bfloat16 for speed where the device multiplies in it. */
public enum Compute {
    /** bfloat16 on devices that have instructions for it, else float32: there bfloat16 takes ten times as long. */
    AUTO,
    FP32,
    BF16;

    /** Of one number. */
    public int bytes() {
        return switch (this) {
            case FP32 -> Float.BYTES;
            case BF16 -> Short.BYTES;
            case AUTO -> throw new IllegalStateException("not decided; see EngineConfig.decided");
        };
    }

    /** One of the two others. */
    Compute on(ComputeDevice device) {
        if (this != AUTO) {
            return this;
        }
        return multipliesBfloat16(device) ? BF16 : FP32;
    }

    /** One line for people about a device that lacks products in bfloat16, which {@code auto} avoids and others do not; none about others. */
    Optional<String> remark(ComputeDevice device) {
        if (this == FP32 || multipliesBfloat16(device)) {
            return Optional.empty();
        }
        return Optional.of(
                this == AUTO
                        ? "engine.compute: auto is fp32, for this processor does not multiply in bfloat16"
                        : "engine.compute: bf16 takes about ten times as long as fp32 on this processor, which does not multiply in it;"
                                + " auto takes fp32");
    }

    private static boolean multipliesBfloat16(ComputeDevice device) {
        return device != ComputeDevice.CPU || Kernels.multipliesBfloat16();
    }
}
