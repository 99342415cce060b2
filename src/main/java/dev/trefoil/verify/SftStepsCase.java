package dev.trefoil.verify;

import com.fasterxml.jackson.databind.JsonNode;
import dev.trefoil.adapter.AdapterStack;
import dev.trefoil.adapter.LoraAdapter;
import dev.trefoil.model.EngineConfig;
import dev.trefoil.model.Labels;
import dev.trefoil.model.Role;
import dev.trefoil.optim.AdamSettings;
import dev.trefoil.token.Batch;
import dev.trefoil.train.OptimConfig;
import dev.trefoil.train.Optimisation;
import dev.trefoil.train.Trainable;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** {@code sft_steps_*}: optimiser steps of several micro-batches weighted by their tokens, clipped, on a schedule. */
final class SftStepsCase implements CaseCheck {

    @Override
    public void check(GoldenCase golden, Deviations deviations) {
        try (GoldenBase opened = GoldenBase.open(golden, EngineConfig.parity())) {
            LoraAdapter adapter = opened.adapter("sft");
            AdapterStack stack = AdapterStack.of(opened.base().sites(), List.of(adapter), true);
            int steps = (int) golden.setting("steps");
            Optimisation optimisation = Optimisation.of(settings(golden), steps, Trainable.of(adapter));
            Curves curves = new Curves(new double[steps], new double[steps], new double[steps], new double[steps]);
            try (Role role = Role.of(opened.base(), stack)) {
                for (int step = 0; step < steps; step++) {
                    step(golden, role, optimisation, curves, step);
                }
            }
            curves.compare(golden, deviations);
            AdapterTensors.compare(deviations, golden, "after.", AdapterTensors.values(adapter));
        }
    }

    private record Curves(double[] loss, double[] gradNorm, double[] rate, double[] tokens) {

        void compare(GoldenCase golden, Deviations deviations) {
            curve(golden, deviations, "loss", loss, golden.tolerance("loss"));
            curve(golden, deviations, "grad_norm", gradNorm, Tolerance.of(1e-3, 1e-6));
            curve(golden, deviations, "lr", rate, Tolerance.of(1e-9, 1e-15));
            curve(golden, deviations, "tokens", tokens, Tolerance.exactly());
        }

        private static void curve(
                GoldenCase golden, Deviations deviations, String name, double[] got, Tolerance tolerance) {
            double[] want = Numbers.list(golden, golden.scalars().path(name));
            deviations.compare(name, got, want, null, tolerance);
        }
    }

    private static OptimConfig settings(GoldenCase golden) {
        JsonNode config = golden.config();
        return new OptimConfig(
                OptimConfig.Kind.ADAMW,
                golden.setting("lr"),
                List.of(0.9, 0.999),
                1e-8,
                AdamSettings.EpsilonMode.TORCH,
                golden.setting("weight_decay"),
                OptimConfig.Course.valueOf(
                        config.path("schedule").asText("cosine").toUpperCase(Locale.ROOT)),
                (long) golden.setting("warmup"),
                golden.setting("max_grad_norm"));
    }

    private static void step(GoldenCase golden, Role role, Optimisation optimisation, Curves curves, int step) {
        List<Batch> micro = new ArrayList<>();
        for (int i = 0; i < (int) golden.setting("accumulate"); i++) {
            micro.add(GoldenBatch.of(golden, "in." + step + "." + i + ".").batch());
        }
        int tokens = micro.stream().mapToInt(batch -> Labels.of(batch).count()).sum();
        double loss = 0;
        for (Batch batch : micro) {
            loss += MeanLoss.backward(role, batch, tokens).sum() / tokens;
        }
        Optimisation.Step taken = optimisation.step(loss);
        role.refresh();
        curves.loss()[step] = loss;
        curves.gradNorm()[step] = taken.gradNorm();
        curves.rate()[step] = taken.learningRate();
        curves.tokens()[step] = tokens;
    }
}
