package dev.trefoil.artifact;

import dev.trefoil.UserError;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A reward model is worth nothing without its head, and one that was not saved comes back random: it must be inside. */
final class ScoreHead {

    private static final String WEIGHT = "score.weight";

    private ScoreHead() {}

    /** @throws UserError if the artifact is a reward model without a finite, non-zero score weight among its sealed files */
    static void check(Path folder, Manifest manifest) {
        if (!manifest.kind().equals(Manifest.REWARD)) {
            return;
        }
        List<String> places = List.of(Artifact.HEAD, Artifact.ADAPTER + "/adapter_model.safetensors");
        for (String place : places) {
            boolean sealed =
                    manifest.files().stream().anyMatch(file -> file.path().equals(place));
            if (sealed && Files.isRegularFile(folder.resolve(place)) && holdsHead(folder.resolve(place))) {
                return;
            }
        }
        throw UserError.contract(
                folder + ": a reward model without its score head: there is no tensor " + WEIGHT + " in "
                        + String.join(" nor in ", places) + "; its scores would be random: run the reward stage again");
    }

    private static boolean holdsHead(Path file) {
        try (SafeTensorsFile tensors = SafeTensorsFile.open(file)) {
            for (String name : tensors.names()) {
                if (name.equals(WEIGHT) || name.endsWith("." + WEIGHT)) {
                    checkNumbers(file, name, tensors.floats(name));
                    return true;
                }
            }
            return false;
        }
    }

    private static void checkNumbers(Path file, String name, float[] weights) {
        boolean anything = false;
        for (float weight : weights) {
            if (!Float.isFinite(weight)) {
                throw UserError.contract(
                        file + " " + name + ": found " + weight + ", wanted finite weights; the training diverged: "
                                + "run the reward stage again with a lower learning rate");
            }
            anything |= weight != 0;
        }
        if (!anything) {
            throw UserError.contract(
                    file + " " + name + ": all weights are zero, so every text scores the same; the head was not "
                            + "trained or not saved: run the reward stage again");
        }
    }
}
