package dev.trefoil.bench;

import dev.trefoil.UserError;
import dev.trefoil.adapter.AdapterStack;
import dev.trefoil.generate.Generated;
import dev.trefoil.generate.Generator;
import dev.trefoil.generate.SampleKey;
import dev.trefoil.generate.SamplingConfig;
import dev.trefoil.model.Pass;
import dev.trefoil.model.Role;
import dev.trefoil.model.SharedBase;
import dev.trefoil.model.TokenLogProbs;
import dev.trefoil.token.Batch;
import dev.trefoil.token.Collator;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Generation and prefill of the base without adapters. */
final class BarePasses {

    private static final double NANOS = 1e9;

    private final SharedBase base;
    private final BenchConfig config;
    private final BenchTexts texts;

    BarePasses(SharedBase base, BenchConfig config) {
        this.base = base;
        this.config = config;
        this.texts = new BenchTexts(base.tokenizer(), config.seed());
    }

    /** @param batch prompts at once */
    Timing generate(int batch) {
        GenerateShape shape = config.generate();
        List<int[]> prompts = texts.rows(batch, shape.promptTokens());
        SamplingConfig greedy = SamplingConfig.greedy(shape.newTokens());
        try (Role role = role()) {
            List<Double> seconds = timed(() -> {
                SampleKey key = new SampleKey(config.seed(), "bench", 0, 0);
                for (Generated response : Generator.generate(role, prompts, greedy, new int[0], key, batch)) {
                    require(shape.newTokens(), response.tokens().length, "tokens of a response");
                }
            });
            Map<String, Object> described = new LinkedHashMap<>(Shapes.of(shape));
            described.remove("batch_sizes");
            described.put("batch_size", batch);
            return Timing.whole(Work.GENERATE, described, "pass", batch * shape.newTokens(), seconds);
        }
    }

    Timing prefill() {
        PrefillShape shape = config.prefill();
        int context = base.config().shape().contextLength();
        if (shape.length() > context) {
            throw UserError.data("prefill.length: found " + shape.length() + ", wanted at most " + context
                    + ", the context of base " + base.folder() + "; lower prefill.length");
        }
        Batch batch = Collator.sequences(texts.rows(shape.batchSize(), shape.length()));
        int[] at = new int[batch.ids().length];
        int[] next = new int[at.length];
        for (int i = 0; i < at.length; i++) {
            at[i] = i;
            next[i] = batch.ids()[(i + 1) % at.length];
        }
        try (Role role = role()) {
            List<Double> seconds = timed(() -> {
                try (Pass pass = role.infer(batch)) {
                    TokenLogProbs found = role.head().logProbs(pass, at, next, 1);
                    require(at.length, found.logProbs().length, "positions with a log-probability");
                }
            });
            return Timing.whole(Work.PREFILL, Shapes.of(shape), "pass", at.length, seconds);
        }
    }

    private Role role() {
        return Role.of(base, AdapterStack.of(base.sites(), List.of(), false));
    }

    private List<Double> timed(Runnable pass) {
        List<Double> seconds = new ArrayList<>();
        for (int i = 0; i < config.steps(); i++) {
            long start = System.nanoTime();
            pass.run();
            double took = (System.nanoTime() - start) / NANOS;
            if (i >= config.warmup()) {
                seconds.add(took);
            }
        }
        return seconds;
    }

    private static void require(int wanted, int found, String what) {
        if (wanted != found) {
            throw new IllegalStateException(what + ": found " + found + ", wanted " + wanted);
        }
    }
}
