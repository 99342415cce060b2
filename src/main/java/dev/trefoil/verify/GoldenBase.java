package dev.trefoil.verify;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.trefoil.UserError;
import dev.trefoil.adapter.LoraAdapter;
import dev.trefoil.adapter.PeftFiles;
import dev.trefoil.model.EngineConfig;
import dev.trefoil.model.SharedBase;
import dev.trefoil.prepare.Prepare;
import dev.trefoil.prepare.PrepareOptions;
import dev.trefoil.prepare.PrepareProgress;
import dev.trefoil.quant.Precision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A case's model as a base store in a temporary folder, opened; closing deletes it. A sequence classifier becomes the language model
 * under it, and keeps its score head at hand.
 */
final class GoldenBase implements AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String SCORE = "score.weight";

    private final GoldenCase golden;
    private final Path folder;
    private final float[] score;
    private final List<SharedBase> opened = new ArrayList<>();

    private GoldenBase(GoldenCase golden, Path folder, float[] score) {
        this.golden = golden;
        this.folder = folder;
        this.score = score;
    }

    /** The case's model in float32. */
    static GoldenBase open(GoldenCase golden, EngineConfig engine) {
        return open(golden, modelOf(golden), Precision.FP32, engine);
    }

    /**
     * A model as a base of some precision; embedding and head stay float32.
     *
     * @throws UserError if the checkpoint cannot be prepared
     */
    static GoldenBase open(GoldenCase golden, Path model, Precision precision, EngineConfig engine) {
        Path folder = temporaryFolder();
        GoldenBase base = new GoldenBase(golden, folder, null);
        try {
            Path source = model;
            if (isClassifier(model)) {
                CheckpointCopy copy = CheckpointCopy.read(model);
                base = new GoldenBase(golden, folder, copy.has(SCORE) ? copy.floats(SCORE) : null);
                copy.remove(SCORE);
                copy.tieHead(!copy.has(copy.family().head() + ".weight"));
                source = folder.resolve("language-model");
                copy.write(source);
            }
            PrepareOptions options = new PrepareOptions(precision, PrepareOptions.Embeddings.FP32, false);
            Prepare.run(source, folder.resolve("base"), options, PrepareProgress.silent());
            base.with(engine);
            return base;
        } catch (RuntimeException fault) {
            base.close();
            throw fault;
        }
    }

    /** Where the case's checkpoint is: its setting {@code base} or {@code model}, else the folder {@code model}. */
    static Path modelOf(GoldenCase golden) {
        JsonNode named = golden.config().path("base");
        if (!named.isTextual()) {
            named = golden.config().path("model");
        }
        try {
            return golden.folder()
                    .resolve(named.isTextual() ? named.asText() : "model")
                    .normalize();
        } catch (InvalidPathException noName) {
            throw UserError.data(golden.folder().resolve("case.json")
                    + ": config.base or config.model is no file name: " + noName.getReason());
        }
    }

    private static boolean isClassifier(Path model) {
        try {
            JsonNode config = JSON.readTree(model.resolve("config.json").toFile());
            return config.path("architectures").path(0).asText().endsWith("ForSequenceClassification");
        } catch (IOException unreadable) {
            throw UserError.data(model.resolve("config.json") + ": cannot be read; a case needs the checkpoint that it"
                    + " names beside it: " + unreadable.getMessage());
        }
    }

    /** The base as it was opened first. */
    SharedBase base() {
        return opened.get(0);
    }

    /** The same store opened with another engine; closed with this. */
    SharedBase with(EngineConfig engine) {
        SharedBase base = SharedBase.open(folder.resolve("base"), engine);
        opened.add(base);
        return base;
    }

    /**
     * The same as bitsandbytes' CPU backend computes it, whose constant for 1/127^2 = 6.2000124e-05 is 1.8e-5 too large. The caller
     * closes it.
     *
     * @param lastBits units in the last place by which that constant is moved
     */
    SharedBase asBitsandbytes(EngineConfig engine, int lastBits) {
        float unit = (float) Int8LinearCase.BITSANDBYTES_UNIT;
        return SharedBase.open(folder.resolve("base"), engine, unit + lastBits * Math.ulp(unit));
    }

    /** The adapter that the case's setting {@code adapter} names, with gradients. */
    LoraAdapter adapter(String name) {
        Path where = golden.folder()
                .resolve(golden.config().path("adapter").asText("adapter"))
                .normalize();
        return PeftFiles.read(where, base().sites(), name).withGradients();
    }

    /** The score head [1, hidden] of a sequence classifier's own checkpoint. */
    Optional<float[]> scoreHead() {
        return Optional.ofNullable(score);
    }

    /** A folder for whatever else the case needs on disk; gone after closing. */
    Path folder() {
        return folder;
    }

    @Override
    public void close() {
        opened.forEach(SharedBase::close);
        delete(folder);
    }

    static Path temporaryFolder() {
        try {
            return Files.createTempDirectory("trefoil-verify-");
        } catch (IOException failed) {
            throw UserError.data("no temporary folder can be made: " + failed.getMessage()
                    + "; free some space or set -Djava.io.tmpdir");
        }
    }

    static void delete(Path folder) {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        } catch (IOException failed) {
            throw UserError.data(folder + ": cannot be deleted: " + failed.getMessage());
        }
    }
}
