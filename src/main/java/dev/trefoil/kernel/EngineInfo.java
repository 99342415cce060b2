package dev.trefoil.kernel;

import ai.djl.engine.Engine;
import ai.djl.pytorch.jni.JniUtils;

/**
 * The engine that computes.
 *
 * @param version of PyTorch
 * @param library version of DJL
 * @param threads that one operation uses
 */
public record EngineInfo(String version, String library, int threads) {

    public static EngineInfo now() {
        return new EngineInfo(
                Engine.getEngine("PyTorch").getVersion(), Engine.getDjlVersion(), JniUtils.getNumThreads());
    }
}
