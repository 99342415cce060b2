package dev.trefoil.stage.sft;

import dev.trefoil.adapter.LoraAdapter;
import dev.trefoil.data.Sample;
import dev.trefoil.doctor.BatchSize;
import dev.trefoil.doctor.Doctor;
import dev.trefoil.doctor.EndTokens;
import dev.trefoil.doctor.GradientFlow;
import dev.trefoil.doctor.LearningRate;
import dev.trefoil.doctor.Padding;
import dev.trefoil.doctor.TokenizerFit;
import dev.trefoil.doctor.TruncatedShare;
import dev.trefoil.model.Compute;
import dev.trefoil.model.Dropout;
import dev.trefoil.model.Role;
import dev.trefoil.model.SharedBase;
import dev.trefoil.token.Batch;
import dev.trefoil.token.Collator;
import dev.trefoil.token.Packed;
import dev.trefoil.token.TokenRow;
import java.util.Comparator;
import java.util.List;

/** What the supervised stage measures before its first step: its data, its settings, and one row forth and back. */
record SftPreflight(SftConfig config, SharedBase base, SftData data, Role role) {

    /** Rates at which adapters learn; full fine-tuning's 1e-5 hardly moves them. */
    private static final double LEAST_RATE = 1e-6;

    private static final double MOST_RATE = 5e-3;

    /** Rounding of a row's mean negative log-likelihood in matrices of another shape, in nats. */
    private static final double ROUNDING = 1e-3;

    private static final double COARSE_ROUNDING = 0.1;

    void examine(Doctor doctor, long steps) {
        Packed packed = data.packed();
        doctor.examine(new EndTokens(packed.ended(), packed.samples() - packed.samplesWithoutLabels()));
        doctor.examine(
                new TruncatedShare(packed.cut() + packed.samplesWithoutLabels(), packed.samples(), "packing.length"));
        long perStep = (long) config.train().batchSize() * config.train().gradientAccumulation();
        doctor.examine(new BatchSize("train.batch_size x train.gradient_accumulation", perStep, 2));
        doctor.examine(new LearningRate(
                config.optim().learningRate(),
                LEAST_RATE,
                MOST_RATE,
                config.optim().warmupSteps(),
                steps));
        List<String> texts = data.examples().stream().map(SftPreflight::text).toList();
        doctor.examine(TokenizerFit.of(base.tokenizer(), base.config().shape().vocabSize(), texts));
        doctor.examine(gradientFlow());
    }

    private static String text(Sample sample) {
        return SftData.prompt(sample) + SftData.response(sample);
    }

    /** One row forth and back, then the gradients are cleared. */
    private GradientFlow gradientFlow() {
        LoraAdapter adapter = role.stack().adapters().get(0);
        Batch batch = Collator.batch(data.training(), new int[] {0});
        SftLoss.lossAndBackward(role, batch, batch.labels(), Dropout.NONE);
        GradientFlow flow = GradientFlow.of(adapter);
        adapter.zeroGradients();
        return flow;
    }

    /** A row alone and beside a longer one; takes as long as two evaluations. */
    void examinePadding(Doctor doctor) {
        TokenRow longest = data.training().stream()
                .max(Comparator.comparingInt(TokenRow::length))
                .orElseThrow();
        TokenRow part = longest.first(Math.max(2, longest.length() / 2));
        Batch padded = Collator.batch(List.of(part, longest));
        Batch refilled = padded.withPadding(longest.ids()[0]);
        double alone = nll(Collator.batch(List.of(part)));
        double beside = nll(padded) - nll(Collator.batch(List.of(longest)));
        boolean exact = base.engine().compute() == Compute.FP32 && !base.choosesOutliersByBatch();
        boolean reads = !base.choosesOutliersByBatch() && nll(padded) != nll(refilled);
        int labels = Collator.batch(List.of(part)).labels();
        doctor.examine(new Padding(reads, Math.abs(alone - beside) / labels, exact ? ROUNDING : COARSE_ROUNDING));
    }

    private double nll(Batch batch) {
        return SftLoss.evaluate(role, batch).nllSum();
    }
}
