package dev.trefoil.artifact;

import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The sealed folder that a stage writes and the next one reads. An instance exists only for a folder whose manifest was read and
 * whose sealed files are all there with their hashes.
 */
public final class Artifact {

    /** Where stages put their PEFT files. */
    public static final String ADAPTER = "adapter";
    /** Where stages put heads that PEFT has no place for. */
    public static final String HEAD = "head.safetensors";

    private final Path folder;
    private final Manifest manifest;

    Artifact(Path folder, Manifest manifest) {
        this.folder = folder;
        this.manifest = manifest;
    }

    /**
     * Opens and verifies an artifact.
     *
     * @throws UserError (config or data) if there is none; (contract) if it is damaged, or a reward model without a head
     */
    public static Artifact open(Path folder) {
        Manifest manifest = ManifestFile.read(folder);
        for (Manifest.SealedFile file : manifest.files()) {
            verify(folder, file);
        }
        ScoreHead.check(folder, manifest);
        return new Artifact(folder, manifest);
    }

    /** Whether a folder holds a manifest, that is, whether its stage has finished. */
    public static boolean exists(Path folder) {
        return Files.isRegularFile(folder.resolve(ManifestFile.NAME));
    }

    private static void verify(Path folder, Manifest.SealedFile sealed) {
        Path file = folder.resolve(sealed.path()).normalize();
        if (!file.startsWith(folder.normalize())) {
            throw UserError.contract(
                    folder + ": the manifest names " + sealed.path() + ", which lies outside; do not use it");
        }
        try {
            if (!Files.isRegularFile(file)) {
                throw damaged(folder, sealed.path() + " is missing");
            }
            long bytes = Files.size(file);
            if (bytes != sealed.bytes()) {
                throw damaged(folder, sealed.path() + " has " + bytes + " bytes, sealed were " + sealed.bytes());
            }
            String hash = Hashes.sha256(file);
            if (!hash.equals(sealed.sha256())) {
                throw damaged(
                        folder,
                        sealed.path() + " was changed after it was sealed: its hash is " + Hashes.brief(hash)
                                + ", sealed was " + Hashes.brief(sealed.sha256()));
            }
        } catch (IOException unreadable) {
            throw new UserError(ExitCode.CONTRACT, file + ": cannot be read: " + unreadable.getMessage(), unreadable);
        }
    }

    private static UserError damaged(Path folder, String what) {
        return UserError.contract(folder + ": damaged artifact: " + what + "; copy it again, or run the stage again");
    }

    public Path folder() {
        return folder;
    }

    public Manifest manifest() {
        return manifest;
    }

    public String kind() {
        return manifest.kind();
    }

    /** The identity: the hash of the manifest, and through it of all sealed files. */
    public String hash() {
        return Hashes.sha256(ManifestFile.bytes(manifest));
    }

    /** A file or folder inside. */
    public Path file(String path) {
        return folder.resolve(path);
    }

    /** The folder of PEFT files. */
    public Path adapter() {
        return file(ADAPTER);
    }

    /** @throws UserError if this is none of the kinds */
    public Artifact requireKind(String... kinds) {
        if (!List.of(kinds).contains(kind())) {
            throw UserError.contract(folder + ": found an artifact of kind " + kind() + ", wanted "
                    + String.join(" or ", kinds) + "; give the folder that the " + kinds[0] + " stage wrote");
        }
        return this;
    }

    /**
     * @param hash of the base in use
     * @param name of the base in use, for the message
     * @throws UserError if this was trained on another base
     */
    public Artifact requireBase(String hash, String name) {
        return requireInput(
                Manifest.BASE,
                hash,
                "base " + name,
                "weights that were trained on one base do not fit another, nor another precision of it: give the base it was "
                        + "trained on, or run the " + kind() + " stage again on this one");
    }

    /**
     * @param hash of the tokenizer in use
     * @param name of the tokenizer in use, for the message
     * @throws UserError if this was trained with another tokenizer
     */
    public Artifact requireTokenizer(String hash, String name) {
        return requireInput(
                Manifest.TOKENIZER,
                hash,
                "tokenizer " + name,
                "the same text would become other token ids: give the base with the tokenizer it was trained with, or run the "
                        + kind() + " stage again");
    }

    /**
     * @param role as in the manifest's parents, such as {@code sft}
     * @throws UserError if this does not build on that artifact
     */
    public Artifact requireParent(String role, Artifact parent) {
        String sealed = manifest.parents().get(role);
        if (!parent.hash().equals(sealed)) {
            throw UserError.contract(
                    folder + " (" + kind() + ") builds on the " + role + " artifact " + Hashes.brief(sealed)
                            + ", but " + parent.folder() + " is " + Hashes.brief(parent.hash())
                            + ", another one: give the one it builds on, or run "
                            + "the " + kind() + " stage again on this one");
        }
        return this;
    }

    private Artifact requireInput(String key, String hash, String current, String advice) {
        String sealed = manifest.hashes().get(key);
        if (!hash.equals(sealed)) {
            throw UserError.contract(folder + " (" + kind() + ") was trained with " + key + " " + Hashes.brief(sealed)
                    + ", but " + current + " is " + Hashes.brief(hash) + "; " + advice);
        }
        return this;
    }
}
