package dev.trefoil.adapter;

import dev.trefoil.UserError;
import dev.trefoil.rl.CounterRandom;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The trained parts of one adapter in one flat buffer: for each module A [r, in] and then B [out, r], row-major, and behind them
 * the modules saved in full. Gradients, when there are any, lie in a second buffer at the same offsets.
 *
 * <p>Both buffers are direct, little-endian and aligned to 64 bytes, so an engine or an optimiser can use the memory as it is.
 * They live as long as this object is reachable.
 */
public final class LoraAdapter {

    private static final int ALIGNMENT = 64;

    private final String name;
    private final LoraConfig config;
    private final List<LoraModule> modules;
    private final List<SavedModule> savedModules;
    private final ByteBuffer values;
    private final ByteBuffer gradients;

    private LoraAdapter(
            String name,
            LoraConfig config,
            List<LoraModule> modules,
            List<SavedModule> savedModules,
            ByteBuffer values,
            ByteBuffer gradients) {
        this.name = name;
        this.config = config;
        this.modules = modules;
        this.savedModules = savedModules;
        this.values = values;
        this.gradients = gradients;
    }

    /**
     * A new adapter that changes nothing yet: A uniform in +-1/sqrt(in) (PEFT's Kaiming initialisation with a = sqrt(5)), B zero. It
     * has gradients.
     *
     * @param name such as {@code sft}, {@code reward}, {@code ppo}
     * @param sites all linears of the base; those that the configuration means are adapted
     */
    public static LoraAdapter create(String name, LoraConfig config, List<LinearSite> sites, long seed) {
        return create(name, config, sites, List.of(), seed);
    }

    /**
     * As {@link #create(String, LoraConfig, List, long)}, with modules trained in full. Their weights are zero until the caller
     * fills {@link #savedValues(String)}.
     */
    public static LoraAdapter create(
            String name, LoraConfig config, List<LinearSite> sites, List<SavedModule> saved, long seed) {
        LoraAdapter adapter =
                zeros(name, config, TargetMatcher.match(config, sites), saved).withGradients();
        for (LoraModule module : adapter.modules) {
            CounterRandom random =
                    CounterRandom.of(seed, name, 0, 0, "lora_A " + module.site().module());
            double bound = 1 / Math.sqrt(module.site().columns());
            FloatBuffer a = adapter.a(module);
            while (a.hasRemaining()) {
                a.put((float) ((2 * random.uniform() - 1) * bound));
            }
        }
        return adapter;
    }

    /** An adapter of zeros, without gradients, for exactly these sites. */
    static LoraAdapter zeros(String name, LoraConfig config, List<LinearSite> sites, List<SavedModule> saved) {
        long offset = 0;
        List<LoraModule> modules = new ArrayList<>();
        for (LinearSite site : sites) {
            int rank = config.rank(site.module());
            long offsetB = offset + (long) rank * site.columns();
            long end = offsetB + (long) rank * site.rows();
            checkSize(name, end);
            modules.add(new LoraModule(site, rank, config.scaling(site.module()), (int) offset, (int) offsetB));
            offset = end;
        }
        List<SavedModule> placed = new ArrayList<>();
        for (SavedModule module : saved) {
            long end = offset + (long) module.rows() * module.columns();
            checkSize(name, end);
            placed.add(new SavedModule(module.name(), module.rows(), module.columns(), (int) offset));
            offset = end;
        }
        return new LoraAdapter(
                name, config, List.copyOf(modules), List.copyOf(placed), allocate(4 * (int) offset), null);
    }

    private static void checkSize(String name, long floats) {
        if (floats > (Integer.MAX_VALUE - 2 * ALIGNMENT) / Float.BYTES) {
            throw UserError.data(
                    "adapter " + name + ": found " + floats * Float.BYTES
                            + " bytes of trained parameters, at most 2 GiB fit; lower the rank, adapt fewer modules or leave out lm_head");
        }
    }

    private static ByteBuffer allocate(int bytes) {
        // An aligned slice loses up to one alignment at each end.
        return ByteBuffer.allocateDirect(bytes + 2 * ALIGNMENT)
                .alignedSlice(ALIGNMENT)
                .slice(0, bytes)
                .order(ByteOrder.LITTLE_ENDIAN);
    }

    /** The same parameters (shared memory) with gradients, at first zero; itself if it has some. */
    public LoraAdapter withGradients() {
        return gradients != null
                ? this
                : new LoraAdapter(name, config, modules, savedModules, values, allocate(values.capacity()));
    }

    /** The same parameters (shared memory) without gradients, for a role that does not train them. */
    public LoraAdapter frozen() {
        return gradients == null ? this : new LoraAdapter(name, config, modules, savedModules, values, null);
    }

    /** An independent copy of the parameters under another name, without gradients. */
    public LoraAdapter copy(String newName) {
        ByteBuffer copied = allocate(values.capacity());
        copied.duplicate().put(values.duplicate());
        return new LoraAdapter(newName, config, modules, savedModules, copied, null);
    }

    /**
     * The same parameters (shared memory) without gradients, their change multiplied by a weight.
     *
     * @throws UserError if it holds modules in full, which are no change
     */
    public LoraAdapter weighted(double weight) {
        if (weight != 1 && !savedModules.isEmpty()) {
            throw UserError.data("adapter " + name + ": holds "
                    + savedModules.get(0).name() + " in full, which takes no weight; give it without one");
        }
        List<LoraModule> scaled = modules.stream()
                .map(module -> new LoraModule(
                        module.site(), module.rank(), weight * module.scaling(), module.offsetA(), module.offsetB()))
                .toList();
        return new LoraAdapter(name, config, scaled, savedModules, values, null);
    }

    public String name() {
        return name;
    }

    public LoraConfig config() {
        return config;
    }

    /** The adapted linears, in the order of the base's sites. */
    public List<LoraModule> modules() {
        return modules;
    }

    public List<SavedModule> savedModules() {
        return savedModules;
    }

    public Optional<SavedModule> savedModule(String module) {
        return savedModules.stream()
                .filter(saved -> saved.name().equals(module))
                .findFirst();
    }

    /** How many parameters are trained. */
    public int parameterCount() {
        return values.capacity() / Float.BYTES;
    }

    /** All parameters, a fresh view. */
    public FloatBuffer values() {
        return valueBytes().asFloatBuffer();
    }

    /** The memory of {@link #values()}, a fresh view. */
    public ByteBuffer valueBytes() {
        return values.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    }

    public boolean hasGradients() {
        return gradients != null;
    }

    /** All gradients, at the offsets of the values, a fresh view. */
    public FloatBuffer gradients() {
        return gradientBytes().asFloatBuffer();
    }

    /** The memory of {@link #gradients()}, a fresh view. */
    public ByteBuffer gradientBytes() {
        if (gradients == null) {
            throw new IllegalStateException("adapter " + name + " has no gradients: it is frozen");
        }
        return gradients.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Sets all gradients to zero. */
    public void zeroGradients() {
        ByteBuffer target = gradientBytes();
        byte[] zeros = new byte[Math.min(target.capacity(), 1 << 16)];
        while (target.hasRemaining()) {
            target.put(zeros, 0, Math.min(zeros.length, target.remaining()));
        }
    }

    /** A [r, in] of one module, a view. */
    public FloatBuffer a(LoraModule module) {
        return values().slice(module.offsetA(), module.lengthA());
    }

    /** B [out, r] of one module, a view. */
    public FloatBuffer b(LoraModule module) {
        return values().slice(module.offsetB(), module.lengthB());
    }

    /** The weight [rows, columns] of a module saved in full, a view. */
    public FloatBuffer savedValues(String module) {
        SavedModule saved = requireSaved(module);
        return values().slice(saved.offset(), saved.length());
    }

    /** The gradient of a module saved in full, a view. */
    public FloatBuffer savedGradients(String module) {
        SavedModule saved = requireSaved(module);
        return gradients().slice(saved.offset(), saved.length());
    }

    private SavedModule requireSaved(String module) {
        return savedModule(module)
                .orElseThrow(() -> UserError.contract("adapter " + name + " holds no " + module + " weight; found "
                        + (savedModules.isEmpty()
                                ? "only LoRA parts"
                                : savedModules.stream().map(SavedModule::name).toList())));
    }
}
