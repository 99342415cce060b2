package dev.trefoil.plan;

import dev.trefoil.quant.BaseConfig;
import dev.trefoil.quant.BaseLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * Plans stages over one base. The process's own memory is a sum of tensor sizes and three other numbers, all of them measured: what
 * the engine and the Java machine take with nothing opened, the Java heap in use, and the allocator's gaps.
 *
 * @param base the frozen model, from base.json alone
 * @param engine its settings
 * @param heapBytes limit of the Java heap
 */
public record MemoryPlanner(BaseConfig base, EngineMemory engine, long heapBytes) {

    /** Own memory of the engine and the Java machine before a model is opened: their heaps outside of Java's, code, stacks. */
    static final long ENGINE_BYTES = 140L << 20;

    /** The libraries' files, mapped: the engine's are the largest. */
    static final long LIBRARY_BYTES = 190L << 20;

    /** Young generation as scripts/trefoil sets it, and what lives longer: classes' data, tokenizer, rows of data. */
    static final long HEAP_BYTES = 60L << 20;

    /**
     * Freed blocks that the allocator cannot use again at once, where tensors lie in its heaps: a constant, and a share of the tensors
     * that was 0.09 to 0.19 in stages over SmolLM2-135M.
     */
    static final long LEAST_GAPS = 110L << 20;

    static final double GAPS = 0.155;

    /** The same beside a block's work on the way back, of wide models: 0.4 to 0.7 on 4 and 12 layers of GPT-NeoX-20B's shape. */
    static final double REUSED_GAPS = 0.55;

    private static final int FLOAT = 4;

    /** As head_chunk in kernels/head.py. */
    private static final int CHUNK_ENTRIES = 33_554_432;

    private static final int LEAST_CHUNK = 16;
    private static final int LARGEST_CHUNK = 256;

    /** As cached_rows there, and the float32 arrays of so many entries that a softmax holds. */
    private static final int CACHED_ENTRIES = 262_144;

    private static final int SOFTMAX_COPIES = 3;

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
        moments.add(forward("forward", adapters, train, dropout, languageHead));
        if (languageHead) {
            moments.add(head("loss", adapters, train, dropout));
        }
        moments.add(backward("backward", adapters, train, dropout, languageHead));
        if (evaluation != null) {
            moments.add(inference("evaluation", adapters, evaluation, languageHead));
        }
        return new MemoryPlan(stage, moments);
    }

    /**
     * PPO.
     *
     * @param scored batch that goes through the learned reward, or null when the reward is another program
     * @param inferred batch of the passes without gradient
     * @param train batch of one pass with gradient
     */
    public MemoryPlan ppo(
            List<AdapterMemory> adapters,
            RolloutMemory generated,
            PassShape scored,
            PassShape inferred,
            PassShape train) {
        List<Moment> moments = new ArrayList<>();
        List<Part> rollout = standing(adapters);
        BlockMemory block = block();
        int rows = generated.rows();
        PassShape prompts = new PassShape(rows, generated.promptColumns());
        rollout.add(Part.of("key-value cache", block.cache(rows, generated.promptColumns() + generated.newTokens())));
        rollout.add(Part.of("one block's work", block.forwardWork(prompts) + 2 * block.input(prompts)));
        rollout.add(Part.of("head weight in the compute dtype", headCopy()));
        rollout.add(Part.of("reordered weights", generated.reorderedBytes()));
        rollout.add(Part.of("logits", (long) rows * base.shape().vocabSize() * FLOAT * SAMPLING_COPIES));
        moments.add(moment("rollout", rollout));
        if (scored != null) {
            moments.add(inference("reward", adapters, scored, false));
        }
        moments.add(inference("reference", adapters, inferred, true));
        moments.add(forward("update, forward", adapters, train, false, true));
        moments.add(head("update, loss", adapters, train, false));
        moments.add(backward("update, backward", adapters, train, false, true));
        return new MemoryPlan("ppo", moments);
    }

    private Moment inference(String name, List<AdapterMemory> adapters, PassShape pass, boolean languageHead) {
        List<Part> parts = standing(adapters);
        BlockMemory block = block();
        parts.add(Part.of("attention bias", block.bias(pass)));
        long work = block.forwardWork(pass) + 2 * block.input(pass);
        long head = languageHead ? 3 * block.input(pass) + headCopy() + logits(pass) : 0;
        parts.add(Part.of(work >= head ? "one block's work" : "logits", Math.max(work, head)));
        return moment(name, parts);
    }

    private Moment forward(
            String name, List<AdapterMemory> adapters, PassShape pass, boolean dropout, boolean languageHead) {
        List<Part> parts = between(adapters, pass, dropout, languageHead);
        parts.add(Part.of("one block's work", block().forwardWork(pass)));
        return moment(name, parts);
    }

    private Moment head(String name, List<AdapterMemory> adapters, PassShape pass, boolean dropout) {
        List<Part> parts = between(adapters, pass, dropout, true);
        parts.add(Part.of("last hidden state and its gradient", 4 * block().input(pass)));
        addHead(parts, pass);
        return moment(name, parts);
    }

    private Moment backward(
            String name, List<AdapterMemory> adapters, PassShape pass, boolean dropout, boolean languageHead) {
        List<Part> parts = between(adapters, pass, dropout, languageHead);
        parts.add(Part.of("last hidden state and its gradient", 2 * block().input(pass)));
        long work = backwardWork(pass);
        parts.add(Part.of("one block's work", work));
        return moment(name, parts, work);
    }

    /** Of the last block, while all layers keep what they keep, or of a block that is computed once more when later ones are done. */
    private long backwardWork(PassShape pass) {
        BlockMemory block = block();
        int layers = base.shape().layers();
        int recomputed = Math.min(engine.recomputeLayers(), layers);
        long last = recomputed == layers ? 0 : block.backwardWork(pass, engine.saving());
        long before = recomputed == 0 ? 0 : block.backwardWork(pass, Saving.INPUTS) - kept(pass, layers - recomputed);
        return Math.max(last, before);
    }

    /** What that many of the last layers keep. */
    private long kept(PassShape pass, int layers) {
        return layers * block().kept(pass, engine.saving());
    }

    private List<Part> between(List<AdapterMemory> adapters, PassShape pass, boolean dropout, boolean languageHead) {
        List<Part> parts = standing(adapters);
        BlockMemory block = block();
        parts.add(Part.of("attention bias", block.bias(pass)));
        int layers = base.shape().layers();
        int recomputed = Math.min(engine.recomputeLayers(), layers);
        long kept = recomputed * block.kept(pass, Saving.INPUTS) + kept(pass, layers - recomputed);
        long unread = languageHead || recomputed == layers ? 0 : block.unread(pass, engine.saving());
        parts.add(Part.of("kept by the layers", kept - unread));
        parts.add(Part.of("dropout factors", dropout ? block.dropout(pass) : 0));
        return parts;
    }

    private void addHead(List<Part> parts, PassShape pass) {
        parts.add(Part.of("head weight in the compute dtype", headCopy()));
        parts.add(Part.of("logits", logits(pass)));
    }

    /** A chunk of them, and the softmax of a few of its rows in float32. */
    private long logits(PassShape pass) {
        long vocabulary = base.shape().vocabSize();
        long rows = Math.max(LEAST_CHUNK, Math.min(LARGEST_CHUNK, CHUNK_ENTRIES / vocabulary));
        long chunk = Math.min(rows, pass.tokens()) * vocabulary;
        return chunk * engine.valueBytes() + Math.max(CACHED_ENTRIES, vocabulary) * FLOAT * SOFTMAX_COPIES;
    }

    /** The head is used as it lies in the file where it has the format that is computed with. */
    private long headCopy() {
        boolean asStored = base.embeddings().elementBytes() == engine.valueBytes();
        return asStored ? 0 : (long) base.shape().vocabSize() * base.shape().hiddenSize() * engine.valueBytes();
    }

    private Moment moment(String name, List<Part> parts) {
        return moment(name, parts, 0);
    }

    /**
     * Adds what the allocator leaves between tensors.
     *
     * @param reused bytes of those that lie in its heap where others have mappings of their own
     */
    private Moment moment(String name, List<Part> parts, long reused) {
        long tensors = parts.stream()
                .filter(part -> !part.mapped())
                .mapToLong(Part::bytes)
                .sum();
        long gaps = engine.tensorsMapped() ? Math.round(reused * REUSED_GAPS) : LEAST_GAPS + Math.round(tensors * GAPS);
        parts.add(Part.of("gaps of the allocator", gaps));
        parts.add(Part.of("engine and Java machine", ENGINE_BYTES));
        parts.add(Part.of("Java heap", Math.min(heapBytes, HEAP_BYTES)));
        return new Moment(name, parts);
    }

    /** Tensors that are there all the time, and mapped files. */
    private List<Part> standing(List<AdapterMemory> adapters) {
        List<Part> parts = new ArrayList<>();
        parts.add(new Part("base", baseBytes(), true));
        parts.add(new Part("libraries", LIBRARY_BYTES, true));
        long values = adapters.stream().mapToLong(AdapterMemory::values).sum();
        parts.add(Part.of("adapters and heads", values));
        parts.add(Part.of(
                "their compute copies",
                adapters.stream()
                        .mapToLong(each -> each.packed(engine.valueBytes()))
                        .sum()));
        parts.add(Part.of(
                Part.GRADIENTS,
                adapters.stream().mapToLong(AdapterMemory::gradients).sum()));
        parts.add(Part.of(
                Part.STATE, adapters.stream().mapToLong(AdapterMemory::state).sum()));
        parts.add(Part.of("kept linears", engine.keptLinears()));
        parts.add(Part.of("table of turns", turnTables()));
        return parts;
    }

    /** Cosines and sines of all positions, [context, rotary/2] each. */
    private long turnTables() {
        return (long) base.shape().contextLength() * base.switches().rotaryDims() * FLOAT;
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
        return new BlockMemory(base, engine);
    }
}
