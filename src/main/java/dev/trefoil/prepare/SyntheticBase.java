package dev.trefoil.prepare;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import dev.trefoil.artifact.SafeTensorsWriter.Declaration;
import dev.trefoil.family.Family;
import dev.trefoil.quant.BaseConfig;
import dev.trefoil.quant.BaseLayout;
import dev.trefoil.quant.BaseStoreWriter;
import dev.trefoil.quant.RowSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A base store of exactly a published model's shape with random weights, to measure time and memory of models that are not at hand. The
 * weights are drawn as they are written, a few rows at a time, so it takes the disk's speed and no memory to speak of.
 *
 * <p>Spreads keep activations near 1: 1/sqrt(inputs) for a linear, and 1/sqrt(2 layers) of that for the two that add to the residual.
 * Biases are 0. Norms are 1 but in {@link #OUTLIER_COLUMNS} columns, which carry outliers as those of large models do, so that int8
 * products have their part in float.
 */
public final class SyntheticBase {

    /** Dettmers et al. 2022 (LLM.int8(), section 4) find at most 7 such columns in models up to 13B. */
    static final int OUTLIER_COLUMNS = 6;

    /** Puts nearly half of such a column's entries beyond the usual threshold of 6. */
    private static final float OUTLIER_GAIN = 8;

    private final BaseConfig config;
    private final Map<String, Declaration> tensors;
    private final long seed;

    private SyntheticBase(BaseConfig config, long seed) {
        this.config = config;
        this.tensors = BaseLayout.tensors(config);
        this.seed = seed;
    }

    /** The shapes that {@link #prepare} knows. */
    public static List<String> names() {
        return PublishedShape.names();
    }

    /**
     * Makes a base store; the same name, layers and seed give the same bytes.
     *
     * @param name one of {@link #names}
     * @param layers how many, or null for as many as published
     * @param out folder to make; appears only when complete
     * @throws UserError when there is no such shape, {@code out} exists, or the disk is too small
     */
    public static PrepareResult prepare(
            String name, Integer layers, long seed, Path out, PrepareOptions options, PrepareProgress progress) {
        PublishedShape published = PublishedShape.of(name);
        return prepare(layers == null ? published : published.withLayers(layers), seed, out, options, progress);
    }

    static PrepareResult prepare(
            PublishedShape shape, long seed, Path out, PrepareOptions options, PrepareProgress progress) {
        BaseConfig draft = BaseConfig.draft(
                Family.of(shape.modelType()).blueprint(shape.config(), shape.name()),
                options.precision(),
                options.embeddingPrecision(),
                new BaseConfig.Source("synthetic", shape.name(), "random", Map.of()));
        SyntheticBase base = new SyntheticBase(draft, seed);
        try (BaseStoreWriter writer = BaseStoreWriter.begin(out, options.overwrite())) {
            long total = Prepare.totalBytes(draft);
            Prepare.requireSpace(writer.folder(), total);
            base.writeCompanions(shape, writer.folder());
            var shards = writer.weights(draft, base::rows, done -> progress.update("writing", done, total));
            BaseConfig sealed = writer.finish(draft, shards);
            long bytes = shards.stream().mapToLong(BaseConfig.Shard::bytes).sum();
            return new PrepareResult(out, sealed, bytes, List.of(), true);
        } catch (IOException failed) {
            throw new UserError(ExitCode.FAILED, out + ": cannot be written: " + failed.getMessage(), failed);
        }
    }

    private void writeCompanions(PublishedShape shape, Path folder) throws IOException {
        Files.writeString(
                folder.resolve("config.json"),
                JsonMapper.builder().build().writerWithDefaultPrettyPrinter().writeValueAsString(shape.config()));
        ReviewTokenizer.train(
                        shape.name(), config.shape().vocabSize(), config.shape().contextLength())
                .write(folder);
    }

    private RowSource rows(String name) {
        long[] shape = tensors.get(name).shape();
        int columns = Math.toIntExact(shape[shape.length - 1]);
        if (shape.length == 1) {
            return vector(name, columns);
        }
        return new RandomRows(seed, name, Math.toIntExact(shape[0]), columns, spread(name, columns));
    }

    private static RowSource vector(String name, int columns) {
        if (name.endsWith(".bias")) {
            return new ConstantRow(columns, 0, 0, 0);
        }
        boolean feedsLinears = name.endsWith("norm1.weight") || name.endsWith("norm2.weight");
        return new ConstantRow(columns, 1, OUTLIER_GAIN, feedsLinears ? Math.min(OUTLIER_COLUMNS, columns) : 0);
    }

    private double spread(String name, int columns) {
        double unit = 1 / Math.sqrt(columns);
        if (name.endsWith("out.weight") || name.endsWith("down.weight")) {
            return unit / Math.sqrt(2.0 * config.shape().layers());
        }
        // a tied embedding is the LM head too, whose logits would be sqrt(hidden) wide otherwise
        boolean table = name.equals("embed.weight") || name.equals("position.weight");
        return table && !config.switches().tiedHead() ? 1 : unit;
    }
}
