package dev.trefoil.stage.pretrain;

import dev.trefoil.kernel.Arithmetic;
import dev.trefoil.kernel.BlockConstants;
import dev.trefoil.kernel.BlockContext;
import dev.trefoil.kernel.KernelArray;
import dev.trefoil.kernel.KernelConstants;
import dev.trefoil.kernel.KernelList;
import dev.trefoil.kernel.KernelScope;
import dev.trefoil.kernel.Kernels;
import dev.trefoil.model.Labels;
import dev.trefoil.quant.RopeScaling;
import dev.trefoil.token.Batch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/** Loss and gradients of all weights of a {@link ScratchModel}, through the same block kernels that the three stages use. */
final class ScratchPass implements AutoCloseable {

    private static final int SAVE_ALL = 2;

    /** Activations as mlp.py counts them. */
    private static final int SILU = 0;

    private static final int GELU_TANH = 2;

    private final Kernels kernels;
    private final ScratchModel model;
    private final KernelArray none;
    private final KernelArray table;
    private final KernelArray positionTable;
    private final KernelArray finalNorm;
    private final KernelArray finalNormBias;
    private final KernelList embedding;
    private final KernelList head;
    private final KernelList tables;
    private final KernelList factors;
    private final List<KernelList> blocks = new ArrayList<>();

    private ScratchPass(Kernels kernels, ScratchModel model) {
        this.kernels = kernels;
        this.model = model;
        KernelScope root = kernels.root();
        this.none = kernels.none(root);
        this.table = model.embedding(root, none);
        this.positionTable = model.positions(root, none);
        this.finalNorm = model.finalNorm(root, none);
        this.finalNormBias = model.finalNormBias(root, none);
        this.embedding = KernelList.of(List.of(table, positionTable, none, none));
        this.head = KernelList.of(List.of(table, none));
        this.tables = tables(root, model.shape());
        this.factors = KernelList.of(Collections.nCopies(Kernels.BLOCK_FACTORS, none));
        for (int layer = 0; layer < model.shape().layers(); layer++) {
            blocks.add(KernelList.of(model.block(root, layer, none)));
        }
    }

    static ScratchPass open(ScratchModel model) {
        PretrainConfig.Model shape = model.shape();
        boolean gpt2 = shape.family() == PretrainConfig.Family.GPT2;
        BlockConstants block = new BlockConstants(
                shape.heads(),
                shape.kvHeads(),
                shape.headDim(),
                PretrainConfig.NORM_EPS,
                gpt2,
                false,
                shape.family().gated(),
                gpt2 ? GELU_TANH : SILU,
                false);
        KernelConstants constants = new KernelConstants(block, Arithmetic.fp32(), true);
        return new ScratchPass(Kernels.load(constants), model);
    }

    /** Cosines and sines by position; of width 0 where positions are learned. */
    private static KernelList tables(KernelScope scope, PretrainConfig.Model shape) {
        double[] frequencies = shape.family().learnsPositions()
                ? new double[0]
                : RopeScaling.none().inverseFrequencies(PretrainConfig.ROPE_THETA, shape.headDim());
        float[] cos = new float[shape.context() * frequencies.length];
        float[] sin = new float[cos.length];
        for (int i = 0; i < cos.length; i++) {
            double angle = (i / frequencies.length) * frequencies[i % frequencies.length];
            cos[i] = (float) Math.cos(angle);
            sin[i] = (float) Math.sin(angle);
        }
        return KernelList.of(List.of(
                scope.floats(cos, shape.context(), frequencies.length),
                scope.floats(sin, shape.context(), frequencies.length)));
    }

    /** Mean negative log-likelihood over the labels of all batches; its gradients are added to the model's. */
    double lossAndGradients(List<Batch> batches) {
        List<Labels> labels = batches.stream().map(Labels::of).toList();
        int count = labels.stream().mapToInt(Labels::count).sum();
        double sum = 0;
        for (int i = 0; i < batches.size(); i++) {
            sum += lossAndGradients(batches.get(i), labels.get(i), count);
        }
        return sum / count;
    }

    /**
     * The batch's part.
     *
     * @param count labels over which the mean is taken
     * @return sum of negative log-likelihoods
     */
    private double lossAndGradients(Batch batch, Labels labels, int count) {
        try (KernelScope scope = kernels.root().inner()) {
            KernelArray ids = scope.longs(batch.ids(), batch.rows(), batch.columns());
            KernelArray positions = scope.longs(batch.positions(), batch.rows(), batch.columns());
            BlockContext context = context(scope, positions, batch);
            List<KernelArray> inputs = new ArrayList<>();
            List<List<KernelArray>> saved = new ArrayList<>();
            KernelArray x = kernels.embed(scope, ids, positions, embedding);
            for (KernelList block : blocks) {
                List<KernelArray> found =
                        kernels.blockForward(scope, x, context, 0, SAVE_ALL, Kernels.noRanks(), block, factors);
                inputs.add(x);
                saved.add(found.subList(1, found.size()));
                x = found.get(0);
            }
            KernelArray hidden = kernels.finalNorm(scope, x, finalNorm, finalNormBias);
            KernelArray at = scope.longs(labels.at(), labels.count());
            KernelArray targets = scope.longs(labels.targets(), labels.count());
            KernelArray rows = kernels.selectRows(scope, hidden, at);
            float[] share = new float[labels.count()];
            Arrays.fill(share, -1f / count);
            KernelArray shares = scope.floats(share, share.length);
            List<KernelArray> found = kernels.tokenLogProbsVjp(scope, rows, targets, 1, shares, head);
            float[] ofHead = kernels.headWeightGradient(scope, rows, targets, shares, head);
            KernelArray g = kernels.zerosLike(scope, hidden);
            kernels.addRows(scope, g, found.get(1), at);
            model.addFinalNormGradients(kernels.finalNormGradients(scope, x, g, finalNormBias));
            g = back(scope, context, inputs, saved, kernels.finalNormVjp(scope, x, g, finalNorm, finalNormBias));
            model.addTableGradient(kernels.tableGradient(scope, g, ids, table), ofHead);
            if (model.shape().family().learnsPositions()) {
                model.addPositionsGradient(kernels.tableGradient(scope, g, positions, positionTable));
            }
            return negativeSum(kernels.floats(scope, found.get(0)));
        }
    }

    private BlockContext context(KernelScope scope, KernelArray positions, Batch batch) {
        KernelArray documents = scope.longs(batch.documents(), batch.rows(), batch.columns());
        List<KernelArray> turn = kernels.turnTables(scope, positions, tables);
        KernelArray bias = kernels.documentBias(scope, documents, 0, none);
        return new BlockContext(turn.get(0), turn.get(1), bias, none, none);
    }

    private KernelArray back(
            KernelScope scope,
            BlockContext context,
            List<KernelArray> inputs,
            List<List<KernelArray>> saved,
            KernelArray gradient) {
        KernelArray g = gradient;
        for (int layer = blocks.size() - 1; layer >= 0; layer--) {
            try (KernelList kept = KernelList.of(saved.get(layer))) {
                List<KernelArray> found = kernels.blockVjp(
                        scope, inputs.get(layer), g, context, 0, Kernels.noRanks(), blocks.get(layer), factors, kept);
                model.addBlockGradients(layer, found.subList(1 + Kernels.BLOCK_FACTORS, found.size()));
                g = found.get(0);
            }
        }
        return g;
    }

    private static double negativeSum(float[] logProbs) {
        double sum = 0;
        for (float logProb : logProbs) {
            sum -= logProb;
        }
        return sum;
    }

    @Override
    public void close() {
        kernels.close();
    }
}
