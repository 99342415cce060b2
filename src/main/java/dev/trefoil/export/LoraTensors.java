package dev.trefoil.export;

import dev.trefoil.UserError;
import dev.trefoil.adapter.LinearSite;
import dev.trefoil.adapter.LoraAdapter;
import dev.trefoil.adapter.LoraModule;
import dev.trefoil.gguf.GgufArchitecture;
import dev.trefoil.gguf.GgufArchitecture.Piece;
import dev.trefoil.gguf.GgufFormat;
import dev.trefoil.gguf.GgufValues;
import dev.trefoil.gguf.GgufWriter;
import dev.trefoil.gguf.RotaryRows;
import dev.trefoil.merge.Adapters;
import dev.trefoil.prepare.PublishedCheckpoint;
import dev.trefoil.quant.RowSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Adapters as llama.cpp reads them: {@code NAME.weight.lora_a} [r, in] and {@code NAME.weight.lora_b} [out, r], and one alpha; the
 * product is multiplied by alpha / r. Several adapters of one linear become one with the sum of their ranks, and what their scaling
 * differs from alpha / r (other patterns, rsLoRA) goes into lora_b.
 */
final class LoraTensors {

    private record Factors(LoraAdapter adapter, LoraModule module) {}

    private final PublishedCheckpoint source;
    private final GgufArchitecture architecture;
    private final double alpha;
    private final Map<LinearSite, List<Factors>> factors = new LinkedHashMap<>();

    private LoraTensors(PublishedCheckpoint source, GgufArchitecture architecture, double alpha) {
        this.source = source;
        this.architecture = architecture;
        this.alpha = alpha;
    }

    static LoraTensors read(PublishedCheckpoint source, GgufArchitecture architecture, List<Path> folders, Path base)
            throws IOException {
        Adapters adapters = Adapters.read(folders, source, base);
        if (adapters.head().isPresent() || adapters.score().isPresent()) {
            throw UserError.data(
                    folders.get(folders.size() - 1) + ": holds a head in full beside its LoRA factors, for"
                            + " which llama.cpp's adapters have no place; merge it (trefoil merge) and export the merged model");
        }
        LoraTensors lora = new LoraTensors(
                source, architecture, adapters.stack().get(0).config().alpha());
        for (LoraAdapter adapter : adapters.stack()) {
            for (LoraModule module : adapter.modules()) {
                lora.factors
                        .computeIfAbsent(module.site(), site -> new ArrayList<>())
                        .add(new Factors(adapter, module));
            }
        }
        return lora;
    }

    GgufValues values() {
        return GgufValues.create()
                .text("general.architecture", architecture.architecture())
                .text("general.type", "adapter")
                .size("general.file_type", 0)
                .text("adapter.type", "lora")
                .number("adapter.lora.alpha", alpha);
    }

    List<GgufWriter.Tensor> tensors() {
        Map<String, List<Piece>> pieces = architecture.pieces(source.config());
        List<GgufWriter.Tensor> tensors = new ArrayList<>();
        factors.forEach((site, parts) -> {
            String slot = "layers." + site.layer() + "." + site.slot().name().toLowerCase(Locale.ROOT) + ".weight";
            Piece piece = pieces.get(slot).stream()
                    .filter(each -> each.offset() == site.rowOffset() && each.rows() == site.rows())
                    .findFirst()
                    .orElseThrow(() -> new IllegalStateException(site + " is no tensor of " + architecture));
            RowSource b = RotaryRows.sideBySide(b(site, parts), piece.rotatedHeads());
            tensors.add(new GgufWriter.Tensor(piece.name() + ".lora_a", GgufFormat.F32, a(site, parts), false));
            tensors.add(new GgufWriter.Tensor(piece.name() + ".lora_b", GgufFormat.F32, b, false));
        });
        return tensors;
    }

    private static int rank(List<Factors> parts) {
        return parts.stream().mapToInt(part -> part.module.rank()).sum();
    }

    private static RowSource a(LinearSite site, List<Factors> parts) {
        int rank = rank(parts);
        float[] values = new float[rank * site.columns()];
        int at = 0;
        for (Factors part : parts) {
            int length = part.module.lengthA();
            part.adapter.a(part.module).get(values, at, length);
            at += length;
        }
        return ArrayRows.of(values, rank, site.columns());
    }

    /** In the order of the canonical rows, which is the one of the file but for rotary pairs. */
    private RowSource b(LinearSite site, List<Factors> parts) {
        int rank = rank(parts);
        float[] values = new float[site.rows() * rank];
        int[] canonical = site.canonicalRows();
        int offset = 0;
        for (Factors part : parts) {
            float[] stored = new float[part.module.lengthB()];
            part.adapter.b(part.module).get(stored);
            int width = part.module.rank();
            float factor = (float) (part.module.scaling() * rank / alpha);
            for (int row = 0; row < site.rows(); row++) {
                int target = (canonical[row] - site.rowOffset()) * rank + offset;
                for (int k = 0; k < width; k++) {
                    values[target + k] = stored[row * width + k] * factor;
                }
            }
            offset += width;
        }
        return ArrayRows.of(values, site.rows(), rank);
    }
}
