package dev.trefoil.pipeline;

import dev.trefoil.config.Doc;
import dev.trefoil.config.Required;
import dev.trefoil.quant.Precision;
import java.nio.file.Path;
import java.util.List;

/** How a pipeline makes its base when it is not there. */
public record BaseSource(
        @Required @Doc("Hugging Face folders or GGUF files; the first that exists is prepared.")
        List<Path> source,

        @Doc("Linears of the blocks.") Precision precision,

        @Doc("Command that fetches the source, shown when none exists.")
        String fetch) {

    public static BaseSource defaults() {
        return new BaseSource(null, Precision.INT8, null);
    }
}
