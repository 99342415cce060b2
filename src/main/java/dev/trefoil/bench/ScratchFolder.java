package dev.trefoil.bench;

import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/** A folder for the texts and artifacts of one measurement, gone afterwards. */
record ScratchFolder(Path path) implements AutoCloseable {

    static ScratchFolder create() {
        try {
            return new ScratchFolder(Files.createTempDirectory("trefoil-bench-"));
        } catch (IOException failed) {
            throw unwritable(Path.of(System.getProperty("java.io.tmpdir")), failed);
        }
    }

    static UserError unwritable(Path path, IOException failed) {
        return new UserError(
                ExitCode.FAILED,
                path + ": cannot be written: " + failed.getMessage()
                        + "; free some space, or name another folder with JAVA_TOOL_OPTIONS=-Djava.io.tmpdir=FOLDER",
                failed);
    }

    @Override
    public void close() {
        try (Stream<Path> walk = Files.walk(path)) {
            for (Path found : (Iterable<Path>) walk.sorted(Comparator.reverseOrder())::iterator) {
                Files.delete(found);
            }
        } catch (IOException failed) {
            throw unwritable(path, failed);
        }
    }
}
