package dev.trefoil.model;

import dev.trefoil.quant.BaseConfig;
import dev.trefoil.quant.Switches;
import java.util.stream.IntStream;

/**
 * How a layer differs from others of its model.
 *
 * @param slides attention looks back no further than the window
 * @param rotates queries and keys are rotated, where the model has rotary positions at all
 */
record LayerKind(boolean slides, boolean rotates) {

    static LayerKind of(Switches switches, int layer) {
        return new LayerKind(
                switches.slides(layer), switches.position() != Switches.Position.ROTARY || switches.rotates(layer));
    }

    /** As decode.py takes them: 1 for the window, 2 for no rotation. */
    static long[] codes(BaseConfig config) {
        return IntStream.range(0, config.shape().layers())
                .mapToObj(layer -> of(config.switches(), layer))
                .mapToLong(kind -> (kind.slides ? 1 : 0) + (kind.rotates ? 0 : 2))
                .toArray();
    }
}
