package dev.trefoil.plan;

import dev.trefoil.quant.BaseConfig;
import dev.trefoil.quant.BaseLayout;
import dev.trefoil.quant.Precision;
import java.util.ArrayList;
import java.util.List;

/**
 * Plans stages over one base. Everything is a sum of tensor sizes but two numbers: {@link #ENGINE_BYTES} is an estimate, and the Java
 * heap counts with its limit.
 *
 * @param base the frozen model, from base.json alone
 * @param valueBytes of one activation: 2 in bfloat16, 4 in float32
 * @param saving what layers keep between the passes
 * @param heapBytes limit of the Java heap
 */
public record MemoryPlanner(BaseConfig base, int valueBytes, Saving saving, long heapBytes) {

    /** Code and buffers of the engine and the Java machine with no model opened. */
    static final long ENGINE_BYTES = 420L << 20;

    private static final int FLOAT = 4;

    /** As head_chunk in kernels/head.py. */
    private static final int CHUNK_ENTRIES = 8_388_608;

    private static final int LEAST_CHUNK = 16;
    private static final int LARGEST_CHUNK = 256;

    /** Float32 copies of a row of logits that sampling holds: logits, probabilities, and their running sum. */
    private static final int SAMPLING_COPIES = 3;

    /**
     * A stage that trains on given texts.
     *
     * @param train a batch of a step
     * @param evaluation a batch of an evaluation, or null
     * @param dropout whether the trained adapter drops inputs
     * @param languageHead whether tokens are predicted; else a score is read from one position a text
     */
    public MemoryPlan training(
            String stage,
            List<AdapterMemory> adapters,
            PassShape train,
            PassShape evaluation,
            boolean dropout,
            boolean languageHead) {
        List<Moment> moments = new ArrayList<>();
        moments.add(head("forward", adapters, train, dropout, languageHead));
        moments.add(backward("backward", adapters, train, dropout));
        if (evaluation != null) {
            moments.add(inference("evaluation", adapters, evaluation, languageHead));
        }
        return new MemoryPlan(stage, moments);
    }

    /**
     * PPO.
     *
     * @param promptColumns tokens of the longest prompt
     * @param newTokens generated at most
     * @param generated rows that are generated at once
     * @param scored batch that goes through the learned reward, or null when the reward is another program
     * @param inferred batch of the passes without gradient
     * @param train batch of one pass with gradient
     */
    public MemoryPlan ppo(
            List<AdapterMemory> adapters,
            int promptColumns,
            int newTokens,
            int generated,
            PassShape scored,
            PassShape inferred,
            PassShape train) {
        List<Moment> moments = new ArrayList<>();
        List<Part> rollout = standing(adapters);
        BlockMemory block = block();
        PassShape prompts = new PassShape(generated, promptColumns);
        rollout.add(Part.of("key-value cache", block.cache(generated, promptColumns + newTokens)));
        rollout.add(Part.of("one block's work", block.forwardWork(prompts) + 2 * block.input(prompts)));
        rollout.add(Part.of("head weight in the compute dtype", headCopy()));
        rollout.add(Part.of("logits", (long) generated * base.shape().vocabSize() * FLOAT * SAMPLING_COPIES));
        moments.add(new Moment("rollout", rollout));
        if (scored != null) {
            moments.add(inference("reward", adapters, scored, false));
        }
        moments.add(inference("reference", adapters, inferred, true));
        moments.add(head("update, forward", adapters, train, false, true));
        moments.add(backward("update, backward", adapters, train, false));
        return new MemoryPlan("ppo", moments);
    }

    private Moment inference(String name, List<AdapterMemory> adapters, PassShape pass, boolean languageHead) {
        List<Part> parts = standing(adapters);
        BlockMemory block = block();
        parts.add(Part.of("attention bias", block.bias(pass)));
        parts.add(Part.of("one block's work", block.forwardWork(pass) + 2 * block.input(pass)));
        if (languageHead) {
            addHead(parts, pass);
        }
        return new Moment(name, parts);
    }

    private Moment head(
            String name, List<AdapterMemory> adapters, PassShape pass, boolean dropout, boolean languageHead) {
        List<Part> parts = between(adapters, pass, dropout);
        BlockMemory block = block();
        parts.add(Part.of("one block's work", block.forwardWork(pass)));
        if (languageHead) {
            addHead(parts, pass);
        }
        parts.add(Part.of("gradient of the last layer", 2 * block.input(pass)));
        return new Moment(name, parts);
    }

    private Moment backward(String name, List<AdapterMemory> adapters, PassShape pass, boolean dropout) {
        List<Part> parts = between(adapters, pass, dropout);
        parts.add(Part.of("one block's work", block().backwardWork(pass, saving)));
        return new Moment(name, parts);
    }

    private List<Part> between(List<AdapterMemory> adapters, PassShape pass, boolean dropout) {
        List<Part> parts = standing(adapters);
        BlockMemory block = block();
        parts.add(Part.of("attention bias", block.bias(pass)));
        parts.add(Part.of(
                "kept by the layers", block.kept(pass, saving) * base.shape().layers()));
        parts.add(Part.of("dropout factors", dropout ? block.dropout(pass) : 0));
        return parts;
    }

    private void addHead(List<Part> parts, PassShape pass) {
        parts.add(Part.of("head weight in the compute dtype", headCopy()));
        long vocabulary = base.shape().vocabSize();
        long rows = Math.max(LEAST_CHUNK, Math.min(LARGEST_CHUNK, CHUNK_ENTRIES / vocabulary));
        long chunk = Math.min(rows, pass.tokens()) * vocabulary;
        parts.add(Part.of("logits", chunk * (2L * valueBytes + 2L * FLOAT)));
    }

    /** The head is used as it lies in the file only where no number has to change. */
    private long headCopy() {
        boolean asStored = base.embeddings() == Precision.FP32 && valueBytes == FLOAT;
        return asStored ? 0 : (long) base.shape().vocabSize() * base.shape().hiddenSize() * valueBytes;
    }

    /** What is there all the time. */
    private List<Part> standing(List<AdapterMemory> adapters) {
        List<Part> parts = new ArrayList<>();
        parts.add(new Part("base", baseBytes(), true));
        long values = adapters.stream().mapToLong(AdapterMemory::values).sum();
        parts.add(Part.of("adapters and heads", values));
        parts.add(Part.of(
                "their compute copies",
                adapters.stream().mapToLong(each -> each.packed(valueBytes)).sum()));
        parts.add(Part.of(
                "their gradients",
                adapters.stream().mapToLong(AdapterMemory::gradients).sum()));
        parts.add(Part.of(
                "their optimiser state",
                adapters.stream().mapToLong(AdapterMemory::state).sum()));
        parts.add(Part.of("engine and Java machine", ENGINE_BYTES));
        parts.add(Part.of("Java heap, limit", heapBytes));
        return parts;
    }

    /** The weight files; computed from the shapes, as their headers are small. */
    private long baseBytes() {
        long listed = base.shards().stream().mapToLong(BaseConfig.Shard::bytes).sum();
        return listed > 0
                ? listed
                : BaseLayout.tensors(base).values().stream()
                        .mapToLong(tensor -> tensor.byteCount())
                        .sum();
    }

    private BlockMemory block() {
        return new BlockMemory(base, valueBytes);
    }
}
