package dev.trefoil.stage.pretrain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.trefoil.artifact.SafeTensorsFile;
import dev.trefoil.stage.pretrain.PretrainConfig.Family;
import dev.trefoil.token.Batch;
import dev.trefoil.token.Collator;
import dev.trefoil.token.TokenRow;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Gradients of all weights, beside torch's (see scripts/oracle/pretrain_gradients.py) and beside differences of the loss. */
class ScratchPassTest {

    private static final Path GPT2 = Path.of("src/test/resources/pretrain/gpt2.safetensors");

    private static final Map<String, String> PUBLISHED = Map.of(
            "embed", "wte",
            "positions", "wpe",
            "final_norm", "ln_f",
            "norm1", "ln_1",
            "qkv", "attn.c_attn",
            "out", "attn.c_proj",
            "norm2", "ln_2",
            "up", "mlp.c_fc",
            "down", "mlp.c_proj");

    /** Length of the step on either side of a weight, along a direction. */
    private static final double STEP = 0.005;

    @Test
    void gpt2_has_torchs_loss_and_gradients() {
        try (SafeTensorsFile golden = SafeTensorsFile.open(GPT2)) {
            PretrainConfig.Model shape = new PretrainConfig.Model(Family.GPT2, 8, 2, 2, 2, 24, 9);
            ScratchModel model = ScratchModel.create(shape, 13, 1);
            assertThat(golden.names()).hasSize(2 * model.weights().size() + 2);
            for (ScratchModel.Weight weight : model.weights()) {
                model.values().put(weight.offset(), published(golden, "weight.", weight));
            }
            try (ScratchPass pass = ScratchPass.open(model)) {
                assertThat(pass.lossAndGradients(List.of(batch(golden))))
                        .isCloseTo(golden.floats("loss")[0], within(2e-6));
            }
            float[] found = ScratchModels.gradients(model);
            for (ScratchModel.Weight weight : model.weights()) {
                float[] wanted = published(golden, "gradient.", weight);
                for (int i = 0; i < wanted.length; i++) {
                    assertThat(found[weight.offset() + i])
                            .as(weight.name() + " " + i)
                            .isCloseTo(wanted[i], within(2e-6f));
                }
            }
        }
    }

    /** A tensor of the golden file in the order of the buffer: GPT-2's linears stand transposed. */
    private static float[] published(SafeTensorsFile golden, String kind, ScratchModel.Weight weight) {
        String name = weight.name();
        String layer = name.matches("[0-9]+\\..*") ? "h." + name.substring(0, name.indexOf('.') + 1) : "";
        String end = name.endsWith(".bias") ? ".bias" : ".weight";
        String inner = name.replaceAll("^[0-9]+\\.|\\.bias$", "");
        float[] values = golden.floats(kind + "transformer." + layer + PUBLISHED.get(inner) + end);
        assertThat(values).hasSize(weight.length());
        if (layer.isEmpty() || weight.isVector()) {
            return values;
        }
        float[] turned = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            turned[i] = values[i % weight.columns() * weight.rows() + i / weight.columns()];
        }
        return turned;
    }

    private static Batch batch(SafeTensorsFile golden) {
        long[] ids = golden.longs("input_ids");
        int length = (int) golden.info("input_ids").shape()[1];
        List<TokenRow> rows = new ArrayList<>();
        for (int from = 0; from < ids.length; from += length) {
            TokenRow row = ScratchModels.row(1, length);
            for (int i = 0; i < length; i++) {
                row.ids()[i] = (int) ids[from + i];
            }
            rows.add(row);
        }
        return Collator.batch(rows);
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void gradients_are_differences_of_the_loss(Family family) {
        ScratchModel model = ScratchModels.random(family, 3);
        List<Batch> batches = List.of(ScratchModels.batch(4));
        try (ScratchPass pass = ScratchPass.open(model)) {
            pass.lossAndGradients(batches);
            float[] gradients = ScratchModels.gradients(model);
            Random random = new Random(7);
            for (ScratchModel.Weight weight : model.weights()) {
                double[] direction = direction(weight, gradients, random);
                double slope = 0;
                for (int i = 0; i < direction.length; i++) {
                    slope += direction[i] * gradients[weight.offset() + i];
                }
                double above = moved(model, weight, direction, STEP, pass, batches);
                double below = moved(model, weight, direction, -STEP, pass, batches);
                assertThat((above - below) / (2 * STEP))
                        .as(weight.name())
                        .isCloseTo(slope, within(Math.max(3e-4, 0.01 * Math.abs(slope))));
            }
        }
    }

    /** Half along the gradient, half random, of length 1. */
    private static double[] direction(ScratchModel.Weight weight, float[] gradients, Random random) {
        double[] noise = random.doubles(weight.length(), -1, 1).toArray();
        double noiseLength = 0;
        double gradientLength = 0;
        for (int i = 0; i < noise.length; i++) {
            noiseLength += noise[i] * noise[i];
            gradientLength += Math.pow(gradients[weight.offset() + i], 2);
        }
        assertThat(gradientLength).as(weight.name()).isPositive();
        double length = 0;
        for (int i = 0; i < noise.length; i++) {
            noise[i] = noise[i] / Math.sqrt(noiseLength) + gradients[weight.offset() + i] / Math.sqrt(gradientLength);
            length += noise[i] * noise[i];
        }
        for (int i = 0; i < noise.length; i++) {
            noise[i] /= Math.sqrt(length);
        }
        return noise;
    }

    /** The loss with one weight moved; the weight is put back. */
    private static double moved(
            ScratchModel model,
            ScratchModel.Weight weight,
            double[] direction,
            double step,
            ScratchPass pass,
            List<Batch> batches) {
        float[] before = new float[weight.length()];
        model.values().get(weight.offset(), before);
        for (int i = 0; i < before.length; i++) {
            model.values().put(weight.offset() + i, (float) (before[i] + step * direction[i]));
        }
        double loss = pass.lossAndGradients(batches);
        model.values().put(weight.offset(), before);
        return loss;
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void batches_add_up_to_the_mean_over_all_their_labels(Family family) {
        ScratchModel model = ScratchModels.random(family, 5);
        TokenRow first = ScratchModels.row(1, 9);
        TokenRow second = ScratchModels.row(2, 3, 2);
        try (ScratchPass pass = ScratchPass.open(model)) {
            double together = pass.lossAndGradients(List.of(Collator.batch(List.of(first, second))));
            float[] wanted = ScratchModels.gradients(model);
            ScratchModels.clearGradients(model);
            double apart =
                    pass.lossAndGradients(List.of(Collator.batch(List.of(first)), Collator.batch(List.of(second))));
            assertThat(apart).isCloseTo(together, within(1e-6));
            float[] found = ScratchModels.gradients(model);
            for (int i = 0; i < wanted.length; i++) {
                assertThat(found[i]).isCloseTo(wanted[i], within(2e-6f));
            }
        }
    }
}
