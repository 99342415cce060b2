package dev.trefoil.merge;

import dev.trefoil.adapter.AdapterStack;
import dev.trefoil.artifact.SafeTensorsFile;
import dev.trefoil.model.EngineConfig;
import dev.trefoil.model.Pass;
import dev.trefoil.model.Role;
import dev.trefoil.model.SharedBase;
import dev.trefoil.prepare.Prepare;
import dev.trefoil.prepare.PrepareOptions;
import dev.trefoil.prepare.PrepareProgress;
import dev.trefoil.prepare.PublishedCheckpoint;
import dev.trefoil.quant.Precision;
import dev.trefoil.token.Batch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Computes both sides with this program's own engine, in float32 on the weights as stored: the published model with the adapters on,
 * then the folder that was written. One after the other, so only one model is mapped at a time.
 */
final class GapCheck {

    private static final int MOST_TOKENS = 64;
    /** A step through the vocabulary for a model without a tokenizer; a prime, so that ids do not repeat soon. */
    private static final int ID_STEP = 7919;

    private final PublishedCheckpoint source;
    private final Adapters adapters;
    private final MergeOptions options;

    GapCheck(PublishedCheckpoint source, Adapters adapters, MergeOptions options) {
        this.source = source;
        this.adapters = adapters;
        this.options = options;
    }

    /**
     * @param merged the merged folder
     * @param scratch an empty folder for two base stores
     */
    LogitGap compare(Path merged, Path scratch, PrepareProgress progress) throws IOException {
        PrepareOptions format = PrepareOptions.of(precision());
        Path on = scratch.resolve("on");
        Path after = scratch.resolve("merged");
        Prepare.run(source.folder(), on, format, progress);
        int[] ids;
        float[] before;
        try (SharedBase base = SharedBase.open(on, EngineConfig.parity());
                Role role = Role.of(base, AdapterStack.of(base.sites(), adapters.stack(), false))) {
            ids = ids(base);
            before = numbers(
                    role, ids, adapters.score().map(Adapters.Saved::values).orElse(null));
        }
        if (adapters.score().isPresent()) {
            Prepare.trunk(merged, after, format, progress);
        } else {
            Prepare.run(merged, after, format, progress);
        }
        try (SharedBase base = SharedBase.open(after, EngineConfig.parity());
                Role role = Role.of(base, AdapterStack.empty(base.sites()))) {
            return gap(before, numbers(role, ids, adapters.score().isPresent() ? score(merged) : null), ids.length);
        }
    }

    /** The narrowest that holds the stored weights without rounding. */
    private Precision precision() {
        return source.dtype().equals("BF16") ? Precision.BF16 : Precision.FP32;
    }

    private int[] ids(SharedBase base) {
        int vocabulary = base.config().shape().vocabSize();
        int most = Math.min(MOST_TOKENS, base.config().shape().contextLength());
        int[] ids = base.config().tokenizerHash().isEmpty()
                ? IntStream.range(0, most)
                        .map(i -> (int) ((long) i * ID_STEP % vocabulary))
                        .toArray()
                : base.tokenizer().encode(options.text(), true).ids();
        return Arrays.copyOf(ids, Math.min(ids.length, most));
    }

    /** @param score weight [labels, hidden] of a classifier; null for the LM head's logits */
    private static float[] numbers(Role role, int[] ids, float[] score) {
        int n = ids.length;
        int[] positions = IntStream.range(0, n).toArray();
        Batch batch = new Batch(1, n, ids, positions, new int[n], new boolean[n]);
        try (Pass pass = role.infer(batch)) {
            return score == null
                    ? role.head().logits(pass, positions)
                    : scores(
                            pass.hiddenState(),
                            score,
                            role.base().config().shape().hiddenSize());
        }
    }

    private static float[] scores(float[] hidden, float[] score, int width) {
        int labels = score.length / width;
        float[] scores = new float[hidden.length / width * labels];
        for (int at = 0; at < scores.length; at++) {
            double sum = 0;
            for (int i = 0; i < width; i++) {
                sum += (double) hidden[at / labels * width + i] * score[at % labels * width + i];
            }
            scores[at] = (float) sum;
        }
        return scores;
    }

    /** As written. */
    private float[] score(Path merged) throws IOException {
        String name = adapters.score().orElseThrow().module().name() + ".weight";
        try (Stream<Path> files = Files.list(merged)) {
            for (Path file : files.filter(path -> path.toString().endsWith(".safetensors"))
                    .toList()) {
                try (SafeTensorsFile tensors = SafeTensorsFile.open(file)) {
                    if (tensors.has(name)) {
                        return tensors.floats(name);
                    }
                }
            }
        }
        throw new IllegalStateException(merged + ": " + name + " was not written");
    }

    private LogitGap gap(float[] before, float[] after, int tokens) {
        double largest = 0;
        double scale = 0;
        for (int i = 0; i < before.length; i++) {
            double difference = Math.abs((double) before[i] - after[i]);
            largest = difference > largest || Double.isNaN(difference) ? difference : largest;
            scale = Math.max(scale, Math.abs(before[i]));
        }
        boolean scores = adapters.score().isPresent();
        int width = before.length / tokens;
        int agreeing = scores
                ? tokens
                : (int) IntStream.range(0, tokens)
                        .filter(at -> first(before, at * width, width) == first(after, at * width, width))
                        .count();
        return new LogitGap(scores ? "scores" : "logits", largest, scale, tokens, agreeing);
    }

    private static int first(float[] values, int from, int count) {
        int best = from;
        for (int i = from; i < from + count; i++) {
            best = values[i] > values[best] ? i : best;
        }
        return best - from;
    }
}
