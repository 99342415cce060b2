package dev.trefoil.artifact;

import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Writes an artifact: its files are written aside in FOLDER.partial-XXXX, hashed, forced to the disk and read back, and only then
 * does the folder get its name. Whoever sees the folder sees all of it.
 */
public final class ArtifactWriter {

    /** Writes the files and says what they are. */
    @FunctionalInterface
    public interface Contents {

        /** @return from {@link Manifest#of}; the files are added when it is sealed */
        Manifest write(Draft draft) throws IOException;
    }

    /** The artifact while it is written. */
    public static final class Draft {

        private final Path folder;
        private final Set<String> records = new TreeSet<>();

        private Draft(Path folder) {
            this.folder = folder;
        }

        /** Where to write; everything in it is sealed but the records. */
        public Path folder() {
            return folder;
        }

        /**
         * A file or folder that tells of the run and may differ between two runs with the same inputs, such as metrics with
         * speeds, pictures and reports.
         *
         * @param path relative; what lies below it counts as well
         * @return where to write it
         */
        public Path record(String path) {
            records.add(path);
            return folder.resolve(path);
        }

        private boolean isRecord(String path) {
            return records.stream().anyMatch(record -> path.equals(record) || path.startsWith(record + "/"));
        }
    }

    private ArtifactWriter() {}

    /**
     * Writes or replaces an artifact.
     *
     * @param folder must not exist, or be empty, or hold an earlier artifact, which is replaced
     * @throws UserError if something else is there, or if a reward model comes without a score head
     */
    public static Artifact write(Path folder, Contents contents) throws IOException {
        checkPlace(folder);
        Path absolute = folder.toAbsolutePath();
        Files.createDirectories(absolute.getParent());
        Path partial = AtomicFiles.aside(absolute);
        Files.createDirectory(partial);
        try {
            Draft draft = new Draft(partial);
            Manifest manifest = seal(draft, contents.write(draft));
            Artifact readBack = Artifact.open(partial);
            if (!readBack.manifest().equals(manifest)) {
                throw new IOException(partial + ": the manifest read back is not the one written");
            }
            AtomicFiles.replaceFolder(partial, absolute);
            return new Artifact(folder, manifest);
        } finally {
            AtomicFiles.deleteTree(partial);
        }
    }

    /**
     * Deletes what killed writers have left beside an artifact: NAME.partial-XXXX. Only for whoever holds the run's lock.
     *
     * @throws UserError if one of them cannot be deleted
     */
    public static void deleteLeftovers(Path folder) {
        try {
            AtomicFiles.deleteLeftovers(folder.toAbsolutePath());
        } catch (IOException failed) {
            throw new UserError(
                    ExitCode.CONFIG_OR_DATA,
                    folder + ": what an interrupted run left beside it cannot be deleted: " + failed.getMessage(),
                    failed);
        }
    }

    private static void checkPlace(Path folder) throws IOException {
        if (!Files.exists(folder) || Artifact.exists(folder)) {
            return;
        }
        if (Files.isDirectory(folder)) {
            try (Stream<Path> children = Files.list(folder)) {
                if (children.findAny().isEmpty()) {
                    return;
                }
            }
        }
        throw UserError.data(
                folder + ": exists and is no artifact, so it is not replaced; choose another folder, or move it away");
    }

    private static Manifest seal(Draft draft, Manifest header) throws IOException {
        List<Manifest.SealedFile> sealed = new ArrayList<>();
        List<String> records = new ArrayList<>();
        for (Path file : files(draft.folder())) {
            String path = draft.folder().relativize(file).toString().replace('\\', '/');
            if (path.equals(ManifestFile.NAME)) {
                throw new IllegalStateException("the manifest is written by the writer");
            }
            AtomicFiles.syncFile(file);
            if (draft.isRecord(path)) {
                records.add(path);
            } else {
                sealed.add(new Manifest.SealedFile(path, Files.size(file), Hashes.sha256(file)));
            }
        }
        sealed.sort(Comparator.comparing(Manifest.SealedFile::path));
        records.sort(Comparator.naturalOrder());
        Manifest manifest = header.withFiles(sealed, records);
        AtomicFiles.write(draft.folder().resolve(ManifestFile.NAME), ManifestFile.bytes(manifest));
        return manifest;
    }

    private static List<Path> files(Path folder) throws IOException {
        List<Path> files = new ArrayList<>();
        try (Stream<Path> walk = Files.walk(folder)) {
            for (Path path : (Iterable<Path>) walk::iterator) {
                if (Files.isRegularFile(path)) {
                    files.add(path);
                } else {
                    AtomicFiles.syncFolder(path);
                }
            }
        }
        return files;
    }
}
