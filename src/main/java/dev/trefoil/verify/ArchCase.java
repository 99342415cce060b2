package dev.trefoil.verify;

import dev.trefoil.UserError;
import dev.trefoil.adapter.AdapterStack;
import dev.trefoil.generate.Generated;
import dev.trefoil.generate.Generator;
import dev.trefoil.generate.SampleKey;
import dev.trefoil.generate.SamplingConfig;
import dev.trefoil.model.Compute;
import dev.trefoil.model.EngineConfig;
import dev.trefoil.model.Pass;
import dev.trefoil.model.Role;
import dev.trefoil.model.SharedBase;
import dev.trefoil.token.Batch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** {@code arch_*}: hidden states and logits of rows padded on either side, and greedy generation. */
final class ArchCase implements CaseCheck {

    private static final List<String> SIDES = List.of("right", "left");
    private static final double HALF_OF_LARGEST = 0.1;
    private static final String DEFAULT_POSITIONS = ".logits_default_positions";
    private static final String COMPUTED_IN = ".logits_computed_in_";

    @Override
    public void check(GoldenCase golden, Deviations deviations) {
        try (GoldenBase opened = GoldenBase.open(golden, EngineConfig.parity());
                Role role = bare(opened.base())) {
            for (String side : SIDES) {
                if (golden.has("in." + side + ".input_ids")) {
                    forward(golden, deviations, role, side);
                }
            }
            for (String quantity : golden.expected()) {
                if (quantity.contains(COMPUTED_IN)) {
                    half(golden, deviations, opened, quantity);
                }
            }
            if (golden.has("in.generate.input_ids")) {
                generation(golden, deviations, role);
            }
        }
    }

    static Role bare(SharedBase base) {
        return Role.of(base, AdapterStack.empty(base.sites()));
    }

    private static void forward(GoldenCase golden, Deviations deviations, Role role, String side) {
        GoldenBatch rows = GoldenBatch.of(golden, "in." + side + ".");
        String positions = "in." + side + ".position_ids";
        if (golden.has(positions)) {
            deviations.exact(positions, rows.positions(), golden.longs(positions));
        }
        int hidden = role.base().config().shape().hiddenSize();
        List<float[]> states = role.hiddenStates(rows.batch());
        for (int i = 0; i < states.size(); i++) {
            String quantity = side + ".hidden_states." + i;
            if (golden.has(quantity)) {
                deviations.compare(quantity, states.get(i), rows.realTimes(hidden));
            }
        }
        rows.compareLogits(deviations, side + ".logits", role);
        if (golden.has(side + DEFAULT_POSITIONS)) {
            rows.countingPadding().compareLogits(deviations, side + DEFAULT_POSITIONS, role);
        }
    }

    /** Checkpoints in a half format: what comes out of computing in it. Only bf16 exists here; fp32 stands for fp16. */
    private static void half(GoldenCase golden, Deviations deviations, GoldenBase opened, String quantity) {
        int at = quantity.indexOf(COMPUTED_IN);
        boolean bf16 = quantity.substring(at + COMPUTED_IN.length()).equals("bfloat16");
        EngineConfig engine = EngineConfig.parity().with(bf16 ? Compute.BF16 : Compute.FP32);
        GoldenBatch rows = GoldenBatch.of(golden, "in." + quantity.substring(0, at) + ".");
        try (Role role = bare(opened.with(engine))) {
            int vocabulary = role.base().config().shape().vocabSize();
            deviations.compare(
                    quantity,
                    rows.logits(role),
                    golden.floats(quantity),
                    rows.realTimes(vocabulary),
                    halfTolerance(golden));
        }
    }

    /** The case's own rule, and a tenth of the largest logit: where attention is peaked, two ways to round part that far. */
    private static Tolerance halfTolerance(GoldenCase golden) {
        Tolerance rule = golden.tolerance("logits_computed_in_half");
        return new Tolerance(rule.rtol(), rule.atol(), HALF_OF_LARGEST, 0, false, 0, 0);
    }

    private static void generation(GoldenCase golden, Deviations deviations, Role role) {
        Batch prompts = GoldenBatch.of(golden, "in.generate.").batch();
        int steps = (int) golden.shape("generate.sequences")[1] - prompts.columns();
        List<Generated> found = generate(role, prompts, steps);
        compareSequences(golden, deviations, "generate.sequences", prompts, found);
        if (golden.has("generate.scores")) {
            scores(golden, deviations, role, prompts, found, steps);
        }
        if (golden.has("generate_eos.sequences")) {
            int eos = (int) golden.scalar("generate_eos.eos_token_id");
            int most = (int) golden.setting("max_new_tokens");
            List<Generated> ended = generate(role, prompts, most, eos);
            compareSequences(golden, deviations, "generate_eos.sequences", prompts, ended);
        }
    }

    private static List<Generated> generate(Role role, Batch prompts, int steps, int... stops) {
        List<int[]> rows = new ArrayList<>();
        for (int row = 0; row < prompts.rows(); row++) {
            rows.add(tokens(prompts, row));
        }
        SampleKey key = new SampleKey(0, "verify", 0, 0);
        return Generator.generate(role, rows, SamplingConfig.greedy(steps), stops, key, rows.size());
    }

    private static int[] tokens(Batch batch, int row) {
        int from = row * batch.columns();
        return Arrays.stream(range(from, from + batch.columns()))
                .filter(i -> batch.documents()[i] >= 0)
                .map(i -> batch.ids()[i])
                .toArray();
    }

    private static int[] range(int from, int to) {
        int[] range = new int[to - from];
        Arrays.setAll(range, i -> from + i);
        return range;
    }

    /** As generate() returns them: prompts as they were given, new tokens behind them, the pad id behind an end. */
    private static void compareSequences(
            GoldenCase golden, Deviations deviations, String quantity, Batch prompts, List<Generated> found) {
        int longest =
                found.stream().mapToInt(each -> each.tokens().length).max().orElse(0);
        int width = prompts.columns() + longest;
        long[] sequences = new long[prompts.rows() * width];
        Arrays.fill(sequences, golden.config().path("pad_token_id").asLong(0));
        for (int row = 0; row < prompts.rows(); row++) {
            for (int i = 0; i < prompts.columns(); i++) {
                sequences[row * width + i] = prompts.ids()[row * prompts.columns() + i];
            }
            int[] tokens = found.get(row).tokens();
            for (int i = 0; i < tokens.length; i++) {
                sequences[row * width + prompts.columns() + i] = tokens[i];
            }
        }
        deviations.exact(quantity, sequences, golden.longs(quantity));
    }

    /**
     * The expected logits of each step against a pass over the finished text, and against the log-probabilities that came with the
     * tokens, which the key-value cache had a part in.
     */
    private static void scores(
            GoldenCase golden, Deviations deviations, Role role, Batch prompts, List<Generated> found, int steps) {
        int vocabulary = role.base().config().shape().vocabSize();
        float[] want = golden.floats("generate.scores");
        if (want.length != found.size() * steps * vocabulary) {
            throw UserError.data(golden.folder() + ": generate.scores: found " + want.length + " numbers, wanted "
                    + found.size() * steps * vocabulary + " for the model's vocabulary");
        }
        float[] got = new float[want.length];
        double[] gotLog = new double[found.size() * steps];
        double[] wantLog = new double[gotLog.length];
        for (int row = 0; row < found.size(); row++) {
            int[] tokens = found.get(row).tokens();
            float[] logits = stepLogits(role, tokens(prompts, row), tokens);
            System.arraycopy(logits, 0, got, row * steps * vocabulary, logits.length);
            for (int i = 0; i < tokens.length; i++) {
                int at = row * steps + i;
                gotLog[at] = found.get(row).logProbs()[i];
                wantLog[at] = LogProbs.of(want, at * vocabulary, vocabulary, tokens[i]);
            }
        }
        deviations.compare("generate.scores", got);
        deviations.compare("generate.log_probs", gotLog, wantLog, null, golden.tolerance("generate.scores"));
        if (golden.scalars().has("generate.smallest_top2_gap")) {
            deviations.scalar("generate.smallest_top2_gap", smallestGap(got, vocabulary));
        }
    }

    private static float[] stepLogits(Role role, int[] prompt, int[] tokens) {
        int[] ids = Arrays.copyOf(prompt, prompt.length + tokens.length);
        System.arraycopy(tokens, 0, ids, prompt.length, tokens.length);
        Batch row = new Batch(1, ids.length, ids, range(0, ids.length), new int[ids.length], new boolean[ids.length]);
        try (Pass pass = role.infer(row)) {
            return role.head().logits(pass, range(prompt.length - 1, ids.length - 1));
        }
    }

    private static double smallestGap(float[] logits, int vocabulary) {
        double smallest = Double.POSITIVE_INFINITY;
        for (int at = 0; at < logits.length; at += vocabulary) {
            float[] row = Arrays.copyOfRange(logits, at, at + vocabulary);
            Arrays.sort(row);
            smallest = Math.min(smallest, row[vocabulary - 1] - row[vocabulary - 2]);
        }
        return smallest;
    }
}
