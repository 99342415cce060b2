package dev.trefoil.pipeline;

import dev.trefoil.config.Doc;
import dev.trefoil.config.Required;
import java.nio.file.Path;

/** The base of one scale of a pipeline. */
public record BaseChoice(
        @Required @Doc("Folder of the base store.") Path base,
        @Doc("How it is made when it is not there.") BaseSource prepare) {

    public static BaseChoice defaults() {
        return new BaseChoice(null, null);
    }
}
