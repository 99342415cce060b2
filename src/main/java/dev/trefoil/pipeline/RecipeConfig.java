package dev.trefoil.pipeline;

import dev.trefoil.config.BesideFile;
import dev.trefoil.config.Doc;
import dev.trefoil.config.Required;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A recipe's reproduce.yaml: what it needs, what it runs, what it must show. */
public record RecipeConfig(
        @Required @Doc("Its name for `trefoil reproduce`.") String recipe,

        @Required @BesideFile @Doc("The pipeline file that is run.")
        Path pipeline,

        @Doc("The pipeline's scale when none is asked for; the files as they are if absent.")
        String scale,

        @Doc("Files that must be there, and how they are fetched.")
        List<Need> needs,

        @Doc("Scale to the checks that count at it; all of them at a scale that is not named.")
        Map<String, List<CheckKind>> checks) {

    public RecipeConfig {
        needs = needs == null ? List.of() : List.copyOf(needs);
        checks = checks == null ? Map.of() : Collections.unmodifiableMap(new LinkedHashMap<>(checks));
    }

    /** Something that the recipe does not hold. */
    public record Need(
            @Required @Doc("One of these files or folders must exist, from the working folder.")
            List<Path> anyOf,

            @Doc("Command that fetches or makes it, in the working folder; it is made by hand if absent.")
            List<String> command,

            @Doc("What to do when it is missing and the command did not help.")
            String hint,

            @Doc("Scales that need it; all of them if absent.")
            List<String> scales,

            @Doc("Whether it makes the base, so that it is not needed where another base is given.")
            boolean base) {

        public Need {
            anyOf = anyOf == null ? null : List.copyOf(anyOf);
            command = command == null ? List.of() : List.copyOf(command);
            scales = scales == null ? List.of() : List.copyOf(scales);
            if (anyOf != null && command.isEmpty() && hint == null) {
                throw new IllegalArgumentException("hint: must say what to do where there is no command, was absent");
            }
        }

        /** Whether it is needed at a scale, or without one. */
        boolean isFor(String scale) {
            return scales.isEmpty() || scales.contains(scale);
        }

        public static Need defaults() {
            return new Need(null, List.of(), null, List.of(), false);
        }
    }

    /** Name and pipeline are required. */
    public static RecipeConfig defaults() {
        return new RecipeConfig(null, null, null, List.of(), Map.of());
    }

    /** The checks that count at a scale. */
    public List<CheckKind> asked(String size) {
        return checks.getOrDefault(size == null ? "" : size, List.of(CheckKind.values()));
    }
}
