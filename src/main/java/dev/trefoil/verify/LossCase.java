package dev.trefoil.verify;

import dev.trefoil.model.EngineConfig;
import dev.trefoil.model.Role;
import java.util.List;

/** {@code loss_*}: the loss of completions alone, and of a row of packed documents. */
final class LossCase implements CaseCheck {

    private static final int MANY_TOKENS = 100;

    @Override
    public void check(GoldenCase golden, Deviations deviations) {
        try (GoldenBase opened = GoldenBase.open(golden, EngineConfig.parity());
                Role role = ArchCase.bare(opened.base())) {
            for (String part : List.of("completion", "packed")) {
                part(golden, deviations, role, part);
            }
        }
    }

    private static void part(GoldenCase golden, Deviations deviations, Role role, String part) {
        GoldenBatch rows = GoldenBatch.of(golden, "in." + part + ".");
        String positions = "in." + part + ".position_ids";
        if (golden.has(positions)) {
            deviations.exact(positions, rows.positions(), golden.longs(positions));
        }
        rows.compareLogits(deviations, part + ".logits", role);
        MeanLoss loss = MeanLoss.of(role, rows.batch());
        deviations.compare(part + ".token_nll", loss.tokenLosses(rows.batch()));
        scalar(golden, deviations, part + ".loss", loss.mean());
        scalar(golden, deviations, part + ".tokens", loss.tokens());
        scalar(golden, deviations, part + ".sum", loss.sum());
        scalar(golden, deviations, part + ".loss_num_items_" + MANY_TOKENS, loss.sum() / MANY_TOKENS);
    }

    private static void scalar(GoldenCase golden, Deviations deviations, String quantity, double got) {
        if (golden.scalars().has(quantity)) {
            deviations.scalar(quantity, got);
        }
    }
}
