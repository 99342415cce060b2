package dev.trefoil.report.page;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.trefoil.artifact.AtomicFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What it took to make an artifact: run.json in its folder, written after it is sealed and no part of its identity.
 *
 * @param command that ran the stage, or null when it was not run from the command line
 * @param version of the program
 * @param machine in words: processor, cores, memory, system
 * @param base description of the model
 * @param scale of the pipeline, or null
 * @param seconds wall time of the stage
 * @param resumed whether the run went on at a checkpoint; the seconds and the memory are then those of the last part
 * @param measured memory of the process during the stage
 * @param planned memory at the plan's peak
 * @param plannedMoment when that peak is
 */
public record StageFacts(
        String command,
        String version,
        String machine,
        String base,
        String scale,
        double seconds,
        boolean resumed,
        Memory measured,
        Memory planned,
        String plannedMoment) {

    /** The file's name. */
    public static final String FILE_NAME = "run.json";

    private static final JsonMapper JSON = JsonMapper.builder().build();

    /**
     * Memory in bytes; 0 where it is not known.
     *
     * @param ownBytes of the process alone
     * @param mappedBytes from mapped files, shared with other processes
     */
    public record Memory(long ownBytes, long mappedBytes) {}

    /** Writes run.json into a folder. */
    public void write(Path folder) throws IOException {
        try {
            AtomicFiles.write(
                    folder.resolve(FILE_NAME),
                    JSON.writerWithDefaultPrettyPrinter().writeValueAsString(this) + "\n");
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /** The facts of a folder, or null when there are none that can be read. */
    static StageFacts read(Path folder) {
        Path file = folder.resolve(FILE_NAME);
        try {
            StageFacts facts =
                    Files.isRegularFile(file) ? JSON.readValue(Files.readString(file), StageFacts.class) : null;
            return facts == null || facts.measured == null || facts.planned == null ? null : facts;
        } catch (IOException unreadable) {
            return null;
        }
    }
}
