package dev.trefoil.cli;

import dev.trefoil.data.Rejects;
import java.io.PrintWriter;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** What becomes of rows that cannot be read. */
final class RejectOptions {

    @Option(names = "--strict", description = "Stop at the first row that cannot be used.")
    private boolean strict;

    @Option(
            names = "--rejects",
            paramLabel = "FILE",
            description = "Where rows that cannot be used are listed (beside the result, ending .rejects.jsonl).")
    private Path file;

    /** @param beside the result that is made */
    Path file(Path beside) {
        return file != null ? file : beside.resolveSibling(beside.getFileName() + ".rejects.jsonl");
    }

    Rejects open(Path beside) {
        return new Rejects(file(beside), strict);
    }

    /** Gives the list its name and says what is in it. */
    void finish(Rejects rejects, Path beside, PrintWriter to) {
        rejects.commit();
        String line = rejects.describe(file(beside));
        if (!line.isEmpty()) {
            to.println(line);
        }
    }
}
