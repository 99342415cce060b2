package dev.trefoil.verify;

import dev.trefoil.adapter.AdapterStack;
import dev.trefoil.adapter.LoraAdapter;
import dev.trefoil.adapter.LoraModule;
import dev.trefoil.model.EngineConfig;
import dev.trefoil.model.Role;
import dev.trefoil.quant.Precision;
import java.nio.file.Path;
import java.util.List;

/** {@code lora_*}: logits with the adapter on, off and merged, the loss and its gradients. */
final class LoraCase implements CaseCheck {

    private static final String NAME = "golden";
    private static final String MERGED = "merged.";

    @Override
    public void check(GoldenCase golden, Deviations deviations) {
        try (GoldenBase opened = GoldenBase.open(golden, EngineConfig.parity())) {
            LoraAdapter adapter = opened.adapter(NAME);
            settings(golden, deviations, adapter);
            AdapterStack stack = AdapterStack.of(opened.base().sites(), List.of(adapter), true);
            GoldenBatch rows = GoldenBatch.of(golden, "in.");
            try (Role on = Role.of(opened.base(), stack)) {
                rows.compareLogits(deviations, "logits", on);
                loss(golden, deviations, rows, on, adapter);
            }
            if (golden.has("logits_disabled")) {
                try (Role off = Role.of(opened.base(), stack.with(NAME, false))) {
                    rows.compareLogits(deviations, "logits_disabled", off);
                }
            }
            merged(golden, deviations, rows, opened, adapter);
        }
    }

    private static void settings(GoldenCase golden, Deviations deviations, LoraAdapter adapter) {
        LoraModule first = adapter.modules().get(0);
        if (golden.config().path("scaling").isNumber()) {
            deviations.scalar("scaling", first.scaling(), golden.setting("scaling"), Tolerance.of(1e-12, 0));
        }
        if (golden.config().path("r").isNumber()) {
            deviations.scalar("r", adapter.config().r(), golden.setting("r"), Tolerance.exactly());
        }
    }

    private static void loss(
            GoldenCase golden, Deviations deviations, GoldenBatch rows, Role role, LoraAdapter adapter) {
        if (!golden.has("in.labels")) {
            return;
        }
        int tokens = MeanLoss.of(role, rows.batch()).tokens();
        MeanLoss loss = MeanLoss.backward(role, rows.batch(), tokens);
        deviations.scalar("loss", loss.mean());
        deviations.scalar("label_tokens", loss.tokens(), golden.scalar("label_tokens"), Tolerance.exactly());
        AdapterTensors.compare(deviations, golden, "grad.", AdapterTensors.gradients(adapter));
    }

    private static void merged(
            GoldenCase golden, Deviations deviations, GoldenBatch rows, GoldenBase opened, LoraAdapter adapter) {
        if (!golden.has("logits_merged")) {
            return;
        }
        CheckpointCopy copy = MergedCheckpoint.of(GoldenBase.modelOf(golden), adapter);
        for (String quantity : golden.expected()) {
            if (quantity.startsWith(MERGED) && copy.has(quantity.substring(MERGED.length()))) {
                deviations.compare(quantity, copy.floats(quantity.substring(MERGED.length())));
            }
        }
        Path folder = opened.folder().resolve("merged");
        copy.write(folder);
        try (GoldenBase other = GoldenBase.open(golden, folder, Precision.FP32, EngineConfig.parity());
                Role role = ArchCase.bare(other.base())) {
            rows.compareLogits(deviations, "logits_merged", role);
        }
    }
}
