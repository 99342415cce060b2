package dev.trefoil.prepare;

import dev.trefoil.quant.BaseConfig;
import java.nio.file.Path;
import java.util.List;

/**
 * A finished preparation.
 *
 * @param weightBytes size of the weight files
 * @param ignored published tensors that were left out, such as stored rotary frequencies
 * @param hasTokenizer false when the source had none: then the base cannot read text
 */
public record PrepareResult(
        Path folder, BaseConfig config, long weightBytes, List<String> ignored, boolean hasTokenizer) {

    public PrepareResult {
        ignored = List.copyOf(ignored);
    }
}
