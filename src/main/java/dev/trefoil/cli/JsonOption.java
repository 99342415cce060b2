package dev.trefoil.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import picocli.CommandLine.Option;

/** The option {@code --json} of commands that print results. */
final class JsonOption {

    private static final ObjectMapper JSON = JsonMapper.builder().build();

    @Option(names = "--json", description = "Print JSON, one object a line, for other programs.")
    private boolean wanted;

    boolean wanted() {
        return wanted;
    }

    /** One object as one line. */
    static String line(Object value) {
        try {
            return JSON.writeValueAsString(value);
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
