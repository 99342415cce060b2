package dev.trefoil.artifact;

import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What an artifact is: manifest.json. It holds nothing that differs between two runs with the same inputs, times included, so
 * its own hash is the artifact's identity.
 *
 * @param format version of this record's layout
 * @param kind the stage, such as {@code sft}, {@code reward}, {@code ppo}
 * @param version of Trefoil that wrote it
 * @param seed of the run
 * @param hashes of the inputs, by {@link #BASE}, {@link #TOKENIZER}, {@link #DATA}, {@link #CONFIG} and what a stage adds
 * @param parents hashes of the artifacts it builds on, by their role
 * @param golden texts with their scores, to be scored again by whoever uses a reward model
 * @param files the sealed files, in order of their paths
 * @param records files that tell of the run (times, speeds, pictures): named here, not sealed, not part of the identity
 */
public record Manifest(
        int format,
        String kind,
        String version,
        long seed,
        SortedMap<String, String> hashes,
        SortedMap<String, String> parents,
        List<GoldenScore> golden,
        List<SealedFile> files,
        List<String> records) {

    /** The layout that this version writes and reads. */
    public static final int FORMAT = 1;

    /** Of this project, as in its build file. */
    public static final String VERSION = "0.1.0";

    /** The kind of a reward model, which must hold a score head. */
    public static final String REWARD = "reward";

    /** Key of the base store's hash. */
    public static final String BASE = "base";
    /** Key of the tokenizer's hash. */
    public static final String TOKENIZER = "tokenizer";
    /** Key of the training data's hash. */
    public static final String DATA = "data";
    /** Key of the resolved configuration's hash. */
    public static final String CONFIG = "config";

    /** A text and the score that the model gave it when it was sealed. */
    public record GoldenScore(String prompt, String response, double score) {

        public GoldenScore {
            if (prompt == null || response == null) {
                throw new IllegalArgumentException("a golden score needs a prompt and a response");
            }
        }
    }

    /**
     * A file of the artifact.
     *
     * @param path relative, with slashes
     * @param bytes size
     */
    public record SealedFile(String path, long bytes, String sha256) {

        public SealedFile {
            if (path == null || sha256 == null) {
                throw new IllegalArgumentException("a sealed file needs a path and a hash");
            }
            // Refuses what is no name on this system: a zero byte, half a letter.
            Path.of(path);
        }
    }

    public Manifest {
        if (kind == null || kind.isBlank()) {
            throw new IllegalArgumentException("an artifact needs a kind");
        }
        hashes = sorted(hashes);
        parents = sorted(parents);
        golden = golden == null ? List.of() : List.copyOf(golden);
        files = files == null ? List.of() : List.copyOf(files);
        records = records == null ? List.of() : List.copyOf(records);
    }

    /** What a stage says of its artifact; the files are listed when it is sealed. */
    public static Manifest of(
            String kind, long seed, Map<String, String> hashes, Map<String, String> parents, List<GoldenScore> golden) {
        return new Manifest(FORMAT, kind, VERSION, seed, sorted(hashes), sorted(parents), golden, null, null);
    }

    Manifest withFiles(List<SealedFile> sealed, List<String> named) {
        return new Manifest(format, kind, version, seed, hashes, parents, golden, sealed, named);
    }

    private static SortedMap<String, String> sorted(Map<String, String> map) {
        return Collections.unmodifiableSortedMap(map == null ? new TreeMap<>() : new TreeMap<>(map));
    }
}
