package dev.trefoil.adapter;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The linears of the oracle's small LLaMA: width 48, 6 query heads and 2 key-value heads of 8, MLP 96, two layers. */
final class TinyLlama {

    static final int HIDDEN = 48;

    private TinyLlama() {}

    static List<LinearSite> sites() {
        return sites(2, HIDDEN, 16, 96);
    }

    static List<LinearSite> sites(int layers, int hidden, int keyRows, int inner) {
        List<LinearSite> sites = new ArrayList<>();
        for (int layer = 0; layer < layers; layer++) {
            String attention = "model.layers." + layer + ".self_attn.";
            String mlp = "model.layers." + layer + ".mlp.";
            sites.add(new LinearSite(layer, Slot.QKV, attention + "q_proj", 0, hidden, hidden));
            sites.add(new LinearSite(layer, Slot.QKV, attention + "k_proj", hidden, keyRows, hidden));
            sites.add(new LinearSite(layer, Slot.QKV, attention + "v_proj", hidden + keyRows, keyRows, hidden));
            sites.add(new LinearSite(layer, Slot.OUT, attention + "o_proj", 0, hidden, hidden));
            sites.add(new LinearSite(layer, Slot.UP, mlp + "gate_proj", 0, inner, hidden));
            sites.add(new LinearSite(layer, Slot.UP, mlp + "up_proj", inner, inner, hidden));
            sites.add(new LinearSite(layer, Slot.DOWN, mlp + "down_proj", 0, hidden, inner));
        }
        return sites;
    }

    static LoraConfig config(String... targets) {
        return LoraConfig.of(4, 8, 0, TargetModules.names(targets));
    }

    /** A case of the oracle: among the test resources, or where TREFOIL_SHARED points. */
    static Optional<Path> golden(String name) {
        String shared =
                System.getProperty("trefoil.shared", System.getenv().getOrDefault("TREFOIL_SHARED", "../shared"));
        return List.of(Path.of("src/test/resources/golden"), Path.of(shared, "oracle", "golden")).stream()
                .map(folder -> folder.resolve(name))
                .filter(Files::isDirectory)
                .findFirst();
    }
}
