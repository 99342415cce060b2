package dev.trefoil.kernel;

import ai.djl.Device;
import ai.djl.engine.Engine;
import dev.trefoil.ExitCode;
import dev.trefoil.UserError;

/** Where kernels compute and their arrays lie. */
public enum ComputeDevice {
    /** The processor; weights are read where the base store is mapped. */
    CPU,
    /** The first CUDA device; what a scope is given is copied there once. Wants the natives of the Maven profile {@code cuda}. */
    CUDA;

    /** Whether the engine has it here. */
    public boolean available() {
        return this == CPU || Engine.getEngine("PyTorch").getGpuCount() > 0;
    }

    /**
     * The engine's name for it.
     *
     * @throws UserError when this machine or this build lacks it
     */
    Device engineDevice() {
        if (!available()) {
            throw new UserError(
                    ExitCode.REFUSED,
                    "engine.device=cuda: the engine sees no CUDA device. Build with CUDA's natives (mvn -Pcuda -DskipTests"
                            + " package), see that nvidia-smi lists a device, or take engine.device=cpu.");
        }
        return this == CPU ? Device.cpu() : Device.gpu();
    }
}
