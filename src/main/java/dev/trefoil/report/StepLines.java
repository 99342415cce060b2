package dev.trefoil.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.trefoil.UserError;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * A file of JSON Lines with a {@code step} in each, rising, that a run appends to and a resumed run goes on behind. The process may
 * have been killed in the midst of a line, or of a letter: what no line break follows is torn, and of a step that is done again.
 */
public final class StepLines {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private StepLines() {}

    /**
     * Cuts off the lines of later steps, and a torn last one; a file that is missing begins empty.
     *
     * @param lastStep the last step to keep; below 0 none is
     * @return the lines that stay
     * @throws UserError when a line is damaged that no kill can have torn
     */
    public static List<JsonNode> resume(Path file, long lastStep) throws IOException {
        byte[] bytes = lastStep >= 0 && Files.exists(file) ? Files.readAllBytes(file) : new byte[0];
        List<JsonNode> kept = new ArrayList<>();
        int length = upTo(file, bytes, lastStep, kept);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            channel.truncate(length);
        }
        return kept;
    }

    /**
     * Reads whole lines up to a step.
     *
     * @param file where they come from, for messages
     * @param bytes its text
     * @param kept takes the lines
     * @return length in bytes of what they are
     * @throws UserError when one of them is no JSON object with a step
     */
    public static int upTo(Path file, byte[] bytes, long lastStep, List<JsonNode> kept) {
        return lengthUpTo(bytes, lastStep, (number, text) -> {
            JsonNode line = parse(file, number, text);
            long step = line.path("step").asLong();
            if (step <= lastStep) {
                kept.add(line);
            }
            return step;
        });
    }

    /** The step of a line, which is counted from 1. */
    interface StepOf {
        long line(int number, String text);
    }

    /** Length in bytes of the whole lines up to a step. */
    static int lengthUpTo(byte[] bytes, long lastStep, StepOf stepOf) {
        int start = 0;
        int number = 1;
        for (int end = 0; end < bytes.length; end++) {
            if (bytes[end] == '\n') {
                if (stepOf.line(number, new String(bytes, start, end - start, StandardCharsets.UTF_8)) > lastStep) {
                    break;
                }
                number++;
                start = end + 1;
            }
        }
        return start;
    }

    private static JsonNode parse(Path file, int number, String line) {
        String found = "no integer \"step\"";
        try {
            JsonNode node = JSON.readTree(line);
            if (node.path("step").isIntegralNumber()) {
                return node;
            }
        } catch (JsonProcessingException malformed) {
            found = "not JSON: " + malformed.getOriginalMessage();
        }
        throw UserError.data(
                file + ":" + number + ": " + PrintableText.of(found)
                        + "; one JSON object a line with an integer \"step\" is wanted: mend the line, or begin anew with --restart");
    }
}
