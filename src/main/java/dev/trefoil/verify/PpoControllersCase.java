package dev.trefoil.verify;

import com.fasterxml.jackson.databind.JsonNode;
import dev.trefoil.rl.AdaptiveKl;
import dev.trefoil.rl.FixedKl;
import dev.trefoil.rl.KlController;
import dev.trefoil.rl.RunningMoments;
import dev.trefoil.rl.ScoreProcessing;

/** {@code ppo_controllers}: KL controllers and running score scaling. */
public final class PpoControllersCase implements CaseCheck {

    /** Coefficients are near 0.2 and move by a thousandth, so the absolute part of fp32 would hide an error. */
    private static final Tolerance COEFFICIENT = Tolerance.of(1e-6, 0);

    @Override
    public void check(GoldenCase golden, Deviations deviations) {
        JsonNode scalars = golden.scalars();
        JsonNode adaptive = scalars.path("adaptive_kl");
        double[] kl = Numbers.list(golden, adaptive.path("kl"));
        KlController controller = new AdaptiveKl(
                adaptive.path("init").asDouble(),
                adaptive.path("target").asDouble(),
                adaptive.path("horizon").asDouble());
        compareController(golden, deviations, "adaptive_kl", controller, kl);
        JsonNode fixed = scalars.path("fixed_kl");
        compareController(
                golden, deviations, "fixed_kl", new FixedKl(fixed.path("init").asDouble()), kl);
        scores(golden, deviations, scalars.path("score_scaling"));
    }

    private static void compareController(
            GoldenCase golden, Deviations deviations, String name, KlController controller, double[] kl) {
        JsonNode section = golden.scalars().path(name);
        long samples = golden.scalars().path("adaptive_kl").path("n_steps").asLong();
        double[] want = Numbers.list(golden, section.path("value_after"));
        double[] got = new double[kl.length];
        KlController now = controller;
        for (int i = 0; i < kl.length; i++) {
            now = now.after(kl[i], samples);
            got[i] = now.value();
        }
        deviations.compare(name + ".value_after", got, want, null, COEFFICIENT);
    }

    private static void scores(GoldenCase golden, Deviations deviations, JsonNode section) {
        ScoreProcessing scaled = new ScoreProcessing(true, false, Double.POSITIVE_INFINITY, 0);
        ScoreProcessing normed = new ScoreProcessing(true, true, Double.POSITIVE_INFINITY, 0);
        Tolerance tolerance = golden.tolerance("score_scaling");
        RunningMoments moments = RunningMoments.empty();
        for (int i = 0; i < section.path("scores").size(); i++) {
            double[] batch = Numbers.list(golden, section.path("scores").path(i));
            JsonNode want = section.path("after").path(i);
            String name = "score_scaling." + i + ".";
            double[] scaledScores = scaled.process(batch, null, moments).scores();
            ScoreProcessing.Processed processed = normed.process(batch, null, moments);
            moments = processed.moments();
            deviations.compare(
                    name + "scaled", scaledScores, Numbers.list(golden, want.path("scaled")), null, tolerance);
            deviations.compare(
                    name + "normed", processed.scores(), Numbers.list(golden, want.path("normed")), null, tolerance);
            deviations.scalar(name + "mean", moments.mean(), Numbers.of(golden, want.path("mean")));
            deviations.scalar(name + "std", moments.std(), Numbers.of(golden, want.path("std")));
            deviations.scalar(
                    name + "batch_mean", RunningMoments.mean(batch), Numbers.of(golden, want.path("batch_mean")));
            deviations.scalar(
                    name + "batch_std", RunningMoments.std(batch), Numbers.of(golden, want.path("batch_std")));
        }
    }
}
