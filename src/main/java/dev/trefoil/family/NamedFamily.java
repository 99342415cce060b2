package dev.trefoil.family;

import com.fasterxml.jackson.databind.JsonNode;
import dev.trefoil.adapter.LinearSite;
import dev.trefoil.adapter.RowOrder;
import dev.trefoil.adapter.Slot;
import dev.trefoil.quant.BaseConfig;
import dev.trefoil.quant.Blueprint;
import dev.trefoil.quant.Shape;
import dev.trefoil.quant.Switches;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

/**
 * A family as a table of names and a reading of its configuration.
 *
 * @param name as {@code model_type} spells it
 * @param reading turns the published configuration into shape and switches
 */
record NamedFamily(String name, Names names, Function<PublishedConfig, Blueprint> reading) implements Family {

    private static final String WEIGHT = ".weight";
    private static final String BIAS = ".bias";

    /** What transformers 5 calls every family's head, though checkpoints keep their old names. */
    private static final String HEAD = "lm_head";

    @Override
    public Blueprint blueprint(JsonNode node, String where) {
        PublishedConfig config = new PublishedConfig(node, where);
        config.refuse("quantization_config", "weights in F32, F16 or BF16; take the checkpoint that was not quantised");
        return config.checked(() -> reading.apply(config));
    }

    @Override
    public String head() {
        return names.head();
    }

    @Override
    public List<String> headModules() {
        return names.head().equals(HEAD) ? List.of(HEAD) : List.of(HEAD, names.head());
    }

    @Override
    public Map<String, List<Part>> parts(BaseConfig config) {
        Shape shape = config.shape();
        Switches switches = config.switches();
        int hidden = shape.hiddenSize();
        Map<String, List<Part>> parts = new LinkedHashMap<>();
        parts.put("embed.weight", List.of(new Part(names.embedding() + WEIGHT, shape.vocabSize(), hidden)));
        if (switches.position() == Switches.Position.LEARNED) {
            Part table = new Part(names.position() + WEIGHT, shape.contextLength(), hidden);
            parts.put("position.weight", List.of(table.behind(names.positionOffset())));
        }
        if (switches.embeddingNorm()) {
            norm(parts, "embed_norm", names.embeddingNorm(), hidden, switches.normBias());
        }
        for (int i = 0; i < shape.layers(); i++) {
            String canonical = "layers." + i + ".";
            String published = names.layers() + i + ".";
            norm(parts, canonical + "norm1", published + names.norm1(), hidden, switches.normBias());
            norm(parts, canonical + "norm2", published + names.norm2(), hidden, switches.normBias());
            if (switches.qkNorm()) {
                norm(parts, canonical + "q_norm", published + names.qNorm(), shape.headDim(), false);
                norm(parts, canonical + "k_norm", published + names.kNorm(), shape.headDim(), false);
            }
        }
        sites(config).forEach(site -> linear(parts, site, switches));
        if (switches.finalNorm()) {
            norm(parts, "final_norm", names.finalNorm(), hidden, switches.normBias());
        }
        if (!switches.tiedHead()) {
            parts.put("head.weight", List.of(new Part(names.head() + WEIGHT, shape.vocabSize(), hidden)));
        }
        return parts;
    }

    private static void norm(
            Map<String, List<Part>> parts, String canonical, String published, int size, boolean bias) {
        parts.put(canonical + WEIGHT, List.of(new Part(published + WEIGHT, 1, size)));
        if (bias) {
            parts.put(canonical + BIAS, List.of(new Part(published + BIAS, 1, size)));
        }
    }

    private static void linear(Map<String, List<Part>> parts, LinearSite site, Switches switches) {
        String canonical = "layers." + site.layer() + "." + site.slot().name().toLowerCase(Locale.ROOT);
        Part weight = new Part(site.module() + WEIGHT, site.rows(), site.columns(), site.order(), 0, site.transposed());
        add(parts, canonical + WEIGHT, weight);
        if (biased(site.slot(), switches)) {
            add(parts, canonical + BIAS, new Part(site.module() + BIAS, 1, site.rows(), site.order(), 0, false));
        }
    }

    private static void add(Map<String, List<Part>> parts, String canonical, Part part) {
        parts.computeIfAbsent(canonical, name -> new ArrayList<>()).add(part);
    }

    private static boolean biased(Slot slot, Switches switches) {
        return switch (slot) {
            case QKV -> switches.qkvBias();
            case OUT -> switches.outBias();
            case UP -> switches.upBias();
            case DOWN -> switches.downBias();
        };
    }

    @Override
    public String published(String found) {
        if (found.equals(HEAD + WEIGHT)) {
            return names.head() + WEIGHT;
        }
        return names.leavesOutModel(found) ? names.model() + found : found;
    }

    @Override
    public boolean ignorable(String published, BaseConfig config) {
        if (config.switches().tiedHead() && published.equals(names.head() + WEIGHT)) {
            return true;
        }
        if (published.equals(names.model() + "rotary_emb.inv_freq")) {
            return true;
        }
        if (!published.startsWith(names.layers())) {
            return false;
        }
        String inside = published.substring(names.layers().length());
        int dot = inside.indexOf('.');
        return dot > 0 && names.leftover().matcher(inside.substring(dot + 1)).matches();
    }

    @Override
    public List<LinearSite> sites(BaseConfig config) {
        Shape shape = config.shape();
        int hidden = shape.hiddenSize();
        int inner = shape.intermediateSize();
        List<LinearSite> sites = new ArrayList<>();
        for (int i = 0; i < shape.layers(); i++) {
            if (names.qkv().size() == 1) {
                RowOrder order =
                        names.headByHead() ? RowOrder.headByHead(shape.heads(), shape.headDim()) : RowOrder.SAME;
                sites.add(site(i, Slot.QKV, names.qkv().get(0), 0, shape.qkvRows(), hidden, order));
            } else {
                int query = shape.queryRows();
                int key = shape.keyRows();
                sites.add(site(i, Slot.QKV, names.qkv().get(0), 0, query, hidden, RowOrder.SAME));
                sites.add(site(i, Slot.QKV, names.qkv().get(1), query, key, hidden, RowOrder.SAME));
                sites.add(site(i, Slot.QKV, names.qkv().get(2), query + key, key, hidden, RowOrder.SAME));
            }
            sites.add(site(i, Slot.OUT, names.out(), 0, hidden, shape.queryRows(), RowOrder.SAME));
            for (int k = 0; k < names.up().size(); k++) {
                sites.add(site(i, Slot.UP, names.up().get(k), k * inner, inner, hidden, RowOrder.SAME));
            }
            sites.add(site(i, Slot.DOWN, names.down(), 0, hidden, inner, RowOrder.SAME));
        }
        return sites;
    }

    private LinearSite site(int layer, Slot slot, String module, int offset, int rows, int columns, RowOrder order) {
        String full = names.layers() + layer + "." + module;
        return new LinearSite(layer, slot, full, offset, rows, columns, order, names.transposed());
    }
}
