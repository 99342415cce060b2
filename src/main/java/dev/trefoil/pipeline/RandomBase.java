package dev.trefoil.pipeline;

import dev.trefoil.config.BesideFile;
import dev.trefoil.config.Doc;
import dev.trefoil.config.Required;
import java.nio.file.Path;

/** A small base with random weights, to try a pipeline with. */
public record RandomBase(
        @Required @BesideFile @Doc("A config.json of Hugging Face, from the folder of the pipeline file.")
        Path config,

        @Doc("Seed of the weights.") long seed) {

    public static RandomBase defaults() {
        return new RandomBase(null, 1);
    }
}
