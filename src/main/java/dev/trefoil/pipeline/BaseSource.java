package dev.trefoil.pipeline;

import dev.trefoil.config.Doc;
import dev.trefoil.quant.Precision;
import java.nio.file.Path;
import java.util.List;

/** How a pipeline makes its base when it is not there. */
public record BaseSource(
        @Doc("Hugging Face folders or GGUF files; the first that exists is prepared.")
        List<Path> source,

        @Doc("A model that knows nothing, in place of a source.")
        RandomBase random,

        @Doc("Linears of the blocks.") Precision precision,

        @Doc("Command that fetches the source, shown when none exists.")
        String fetch) {

    public BaseSource {
        source = source == null ? null : List.copyOf(source);
        if (source != null && random != null) {
            throw new IllegalArgumentException("random: must not be given beside source; keep one of the two");
        }
    }

    public static BaseSource defaults() {
        return new BaseSource(null, null, Precision.INT8, null);
    }
}
