package dev.trefoil.model;

import dev.trefoil.adapter.AdapterStack;
import dev.trefoil.adapter.LoraAdapter;
import dev.trefoil.kernel.KernelArray;
import dev.trefoil.kernel.KernelList;
import dev.trefoil.kernel.KernelScope;
import dev.trefoil.kernel.Kernels;
import dev.trefoil.kernel.Lanes;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * The LM head, computed in chunks of rows and only where it is asked: the logits of a batch never exist as a whole.
 *
 * <p>{@code at} always names the positions (row * columns + column) whose hidden state predicts the targets.
 */
public final class LanguageHead implements AutoCloseable {

    private final SharedBase base;
    private final LoraAdapter carrier;
    private final String module;
    private final boolean trained;
    private KernelScope scope;
    private KernelList weights;

    private LanguageHead(SharedBase base, LoraAdapter carrier, String module, boolean trained) {
        this.base = base;
        this.carrier = carrier;
        this.module = module;
        this.trained = trained;
        this.weights = base.head();
    }

    static LanguageHead of(SharedBase base, AdapterStack stack) {
        List<LoraAdapter> adapters = stack.adapters();
        for (int i = adapters.size() - 1; i >= 0; i--) {
            LoraAdapter adapter = adapters.get(i);
            if (stack.isOn(adapter.name()) && moduleOf(base, adapter).isPresent()) {
                String module = moduleOf(base, adapter).get();
                return new LanguageHead(base, adapter, module, stack.trains() && i == adapters.size() - 1);
            }
        }
        return new LanguageHead(base, null, null, false);
    }

    /** What an adapter calls the head that it carries in full. */
    private static Optional<String> moduleOf(SharedBase base, LoraAdapter adapter) {
        return base.headModules().stream()
                .filter(name -> adapter.savedModule(name).isPresent())
                .findFirst();
    }

    void refresh() {
        if (carrier == null) {
            return;
        }
        close();
        scope = base.kernels().root().inner();
        FloatBuffer values = carrier.savedValues(module);
        float[] copy = new float[values.remaining()];
        values.get(copy);
        int hidden = base.config().shape().hiddenSize();
        KernelArray weight = scope.floats(copy, copy.length / hidden, hidden);
        weights = KernelList.of(List.of(weight, base.none()));
    }

    KernelList weights() {
        return weights;
    }

    /**
     * @param temperature logits are divided by it
     * @return log-probabilities and entropies, [targets]
     */
    public TokenLogProbs logProbs(Pass pass, int[] at, int[] targets, double temperature) {
        try (LogProbGradients read = read(pass, at, targets, temperature, false)) {
            return read.found();
        }
    }

    /**
     * Log-probabilities that are to be trained, see {@link #backward(Pass, LogProbGradients, float[])}.
     *
     * @param temperature logits are divided by it
     */
    public LogProbGradients logProbsWithGradients(Pass pass, int[] at, int[] targets, double temperature) {
        return read(pass, at, targets, temperature, true);
    }

    private LogProbGradients read(Pass pass, int[] at, int[] targets, double temperature, boolean gradients) {
        float[] logProbs = new float[at.length];
        float[] entropies = new float[at.length];
        List<LogProbGradients.Part> parts = Collections.synchronizedList(new ArrayList<>());
        LogProbGradients read = new LogProbGradients(at, targets, new TokenLogProbs(logProbs, entropies), parts);
        if (at.length == 0) {
            return read;
        }
        Kernels kernels = base.kernels();
        inParts(at.length, (from, to) -> {
            KernelScope kept = pass.inner();
            try (KernelScope inner = pass.inner()) {
                List<KernelArray> found = kernels.tokenLogProbs(
                        kept,
                        pass.rows(inner, Arrays.copyOfRange(at, from, to)),
                        inner.longs(Arrays.copyOfRange(targets, from, to), to - from),
                        temperature,
                        gradients,
                        weights);
                parts.add(new LogProbGradients.Part(from, to, kept, found.get(2)));
                System.arraycopy(kernels.floats(inner, found.get(0)), 0, logProbs, from, to - from);
                System.arraycopy(kernels.floats(inner, found.get(1)), 0, entropies, from, to - from);
            }
        });
        return read;
    }

    private interface Part {
        void work(int from, int to);
    }

    /** Rows of the head do not depend on each other. */
    private void inParts(int rows, Part part) {
        Lanes lanes = base.lanes();
        int count = lanes.count(rows, 1);
        lanes.each(count, number -> {
            part.work(number * rows / count, (number + 1) * rows / count);
            return number;
        });
    }

    /**
     * Adds the gradient of the hidden state to the pass, and of the head to its adapter when it is trained.
     *
     * @param gradient of the loss with respect to each log-probability, [targets]
     * @return the log-probabilities, equal to those of {@link #logProbs}
     */
    public float[] backward(Pass pass, int[] at, int[] targets, float[] gradient, double temperature) {
        float[] logProbs = new float[at.length];
        if (at.length == 0) {
            return logProbs;
        }
        Kernels kernels = base.kernels();
        pass.expectGradient();
        inParts(at.length, (from, to) -> {
            try (KernelScope inner = pass.inner()) {
                int[] mine = Arrays.copyOfRange(at, from, to);
                List<KernelArray> found = kernels.tokenLogProbsVjp(
                        inner,
                        pass.rows(inner, mine),
                        inner.longs(Arrays.copyOfRange(targets, from, to), to - from),
                        temperature,
                        inner.floats(Arrays.copyOfRange(gradient, from, to), to - from),
                        weights);
                // positions differ, so parts never write to one place
                pass.addGradient(inner, found.get(1), mine);
                System.arraycopy(kernels.floats(inner, found.get(0)), 0, logProbs, from, to - from);
            }
        });
        if (trained) {
            addWeightGradient(pass, at, targets, gradient);
        }
        return logProbs;
    }

    /**
     * The same for log-probabilities that were computed with their gradients.
     *
     * @param gradient of the loss with respect to each of them, [targets]
     */
    public void backward(Pass pass, LogProbGradients found, float[] gradient) {
        pass.expectGradient();
        for (LogProbGradients.Part part : found.parts()) {
            int from = part.from();
            int to = part.to();
            try (KernelScope inner = pass.inner()) {
                KernelArray share = inner.floats(Arrays.copyOfRange(gradient, from, to), to - from);
                KernelArray rows = base.kernels().scaledRows(inner, part.rows(), share);
                pass.addGradient(inner, rows, Arrays.copyOfRange(found.at(), from, to));
            }
        }
        if (trained && gradient.length > 0) {
            addWeightGradient(pass, found.at(), found.targets(), gradient);
        }
    }

    private void addWeightGradient(Pass pass, int[] at, int[] targets, float[] gradient) {
        try (KernelScope inner = pass.inner()) {
            addTo(
                    carrier.savedGradients(module),
                    base.kernels()
                            .headWeightGradient(
                                    inner,
                                    pass.rows(inner, at),
                                    inner.longs(targets, targets.length),
                                    inner.floats(gradient, gradient.length),
                                    weights));
        }
    }

    /** Logits [at, vocabulary], for audits of a few rows. */
    public float[] logits(Pass pass, int[] at) {
        try (KernelScope inner = pass.inner()) {
            return base.kernels().logits(inner, pass.rows(inner, at), weights);
        }
    }

    static void addTo(FloatBuffer sum, float[] added) {
        for (int i = 0; i < added.length; i++) {
            int at = sum.position() + i;
            sum.put(at, sum.get(at) + added[i]);
        }
    }

    @Override
    public void close() {
        if (scope != null) {
            weights.close();
            scope.close();
            scope = null;
        }
    }
}
