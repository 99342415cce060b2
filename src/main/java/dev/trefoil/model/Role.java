package dev.trefoil.model;

import dev.trefoil.UserError;
import dev.trefoil.adapter.AdapterStack;
import dev.trefoil.adapter.LoraAdapter;
import dev.trefoil.adapter.SavedModule;
import dev.trefoil.adapter.Slot;
import dev.trefoil.kernel.KernelArray;
import dev.trefoil.kernel.KernelList;
import dev.trefoil.kernel.KernelScope;
import dev.trefoil.kernel.Kernels;
import dev.trefoil.token.Batch;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The base seen through one stack of adapters: a policy, its reference, a reward model. Costs the packed adapters, never weights. */
public final class Role implements AutoCloseable {

    /** What scores; beside the LM head the only modules that an adapter may hold in full. */
    private static final List<String> SCORES = List.of("score", "classifier");

    private final SharedBase base;
    private final AdapterStack stack;
    private final PackedFactors factors;
    private final LanguageHead head;

    private Role(SharedBase base, AdapterStack stack) {
        this.base = base;
        this.stack = stack;
        this.factors = new PackedFactors(base, stack);
        this.head = LanguageHead.of(base, stack);
    }

    /** @throws UserError when an adapter of the stack holds a module in full that is neither the head nor a score */
    public static Role of(SharedBase base, AdapterStack stack) {
        stack.adapters().forEach(adapter -> checkSaved(adapter, base.headModules()));
        Role role = new Role(base, stack);
        role.refresh();
        return role;
    }

    private static void checkSaved(LoraAdapter adapter, List<String> heads) {
        for (SavedModule module : adapter.savedModules()) {
            if (!heads.contains(module.name()) && !SCORES.contains(module.name())) {
                throw UserError.data("adapter " + adapter.name() + ": holds " + module.name()
                        + " in full (modules_to_save), wanted at most " + heads.get(0) + ", "
                        + String.join(", ", SCORES)
                        + "; merge it into its base with PEFT and prepare that");
            }
        }
    }

    public SharedBase base() {
        return base;
    }

    public AdapterStack stack() {
        return stack;
    }

    /** Packs the adapters' values for the kernels; to be called after every optimiser step. */
    public void refresh() {
        factors.refresh();
        head.refresh();
    }

    /** The LM head: the base's, or the one that an adapter of the stack saved in full. */
    public LanguageHead head() {
        return head;
    }

    /** A forward pass that keeps its last hidden state only. */
    public Pass infer(Batch batch) {
        return infer(batch, Reads.ALL_TOKENS);
    }

    public Pass infer(Batch batch, Reads reads) {
        return Pass.forward(this, batch, Dropout.NONE, false, reads);
    }

    /** A forward pass that keeps what {@link Pass#backward} needs. */
    public Pass train(Batch batch, Dropout dropout) {
        return train(batch, dropout, Reads.ALL_TOKENS);
    }

    public Pass train(Batch batch, Dropout dropout, Reads reads) {
        return Pass.forward(this, batch, dropout, true, reads);
    }

    /** Hidden states [rows * columns * hidden] after the embedding, after each block, the last one after the final norm. */
    public List<float[]> hiddenStates(Batch batch) {
        List<float[]> states = new ArrayList<>();
        try (Pass pass = Pass.traced(this, batch, states)) {
            states.set(states.size() - 1, pass.hiddenState());
        }
        return states;
    }

    /** What the linears of each block read, for audits: [layer] of slot to [rows * columns * in]. */
    public List<Map<Slot, float[]>> linearInputs(Batch batch) {
        return Pass.linearInputs(this, batch);
    }

    /**
     * Decodes new tokens, see decode.py.
     *
     * @param ids [rows, columns] prompts, padded on the left
     * @param lengths real tokens of each prompt
     * @param uniforms [rows, steps] numbers in [0, 1) that pick the tokens
     * @param options temperature, top-k, top-p, min-p, repetition penalty, greedy (0 or 1), pad id, minimum of new tokens
     * @param stops ids that end a row
     */
    public Decoded decode(int[] ids, int[] lengths, float[] uniforms, float[] options, int[] stops) {
        int rows = lengths.length;
        int steps = uniforms.length / rows;
        Kernels kernels = base.kernels();
        List<KernelArray> w = new ArrayList<>();
        Reordering reordering = base.reordering(rows, steps);
        base.blocksFor(rows, reordering).forEach(block -> w.addAll(block.arrays()));
        List<KernelArray> lora = new ArrayList<>();
        factors.blocks().forEach(block -> lora.addAll(block.arrays()));
        List<KernelArray> outer = new ArrayList<>(base.outer().subList(0, 6));
        outer.addAll(head.weights().arrays());
        List<KernelArray> tables = new ArrayList<>(base.tables().arrays());
        tables.add(base.slopes());
        base.readAhead().allWanted();
        try (KernelScope scope = kernels.root().inner();
                KernelList weights = KernelList.of(w);
                KernelList adapters = KernelList.of(lora);
                KernelList around = KernelList.of(outer);
                KernelList positions = KernelList.of(tables)) {
            List<KernelArray> found = kernels.generate(
                    scope,
                    scope.longs(ids, rows, ids.length / rows),
                    scope.longs(lengths, rows),
                    scope.floats(uniforms, rows, steps),
                    scope.floats(options, options.length),
                    scope.longs(stops, stops.length),
                    weights,
                    adapters,
                    around,
                    positions,
                    base.config().switches().slidingWindow(),
                    LayerKind.codes(base.config()),
                    reordering.code());
            return new Decoded(
                    steps,
                    kernels.longs(found.get(0)),
                    kernels.floats(scope, found.get(1)),
                    kernels.longs(found.get(2)));
        }
    }

    PackedFactors factors() {
        return factors;
    }

    LoraAdapter trained() {
        return stack.adapters().get(stack.adapters().size() - 1);
    }

    @Override
    public void close() {
        head.close();
        factors.close();
    }
}
