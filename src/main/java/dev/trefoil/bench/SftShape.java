package dev.trefoil.bench;

import dev.trefoil.config.Doc;
import dev.trefoil.config.Range;
import dev.trefoil.train.LoraSettings;
import java.util.Objects;

/** One step of the supervised stage: full rows, each of which is one document, as in TRL's wrapped packing. */
public record SftShape(
        @Range(min = 1) @Doc("Rows of a step.") int batchSize,
        @Range(min = 2) @Doc("Tokens of a row.") int length,
        @Doc("The adapter that is trained.") LoraSettings lora) {

    public SftShape {
        Objects.requireNonNull(lora, "lora");
    }

    static SftShape defaults() {
        return new SftShape(4, 512, LoraSettings.of(16, 32, 0.05).withTargets("all-linear"));
    }
}
