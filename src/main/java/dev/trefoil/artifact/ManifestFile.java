package dev.trefoil.artifact;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** manifest.json to and from {@link Manifest}; the same manifest gives the same bytes on every system. */
final class ManifestFile {

    static final String NAME = "manifest.json";

    private static final ObjectMapper JSON = JsonMapper.builder().build();

    private ManifestFile() {}

    static byte[] bytes(Manifest manifest) {
        DefaultIndenter indenter = new DefaultIndenter("  ", "\n");
        DefaultPrettyPrinter printer =
                new DefaultPrettyPrinter().withObjectIndenter(indenter).withArrayIndenter(indenter);
        try {
            return (JSON.writer(printer).writeValueAsString(manifest) + "\n").getBytes(StandardCharsets.UTF_8);
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException("plain values always become JSON", impossible);
        }
    }

    static Manifest read(Path folder) {
        Path file = folder.resolve(NAME);
        if (!Files.isRegularFile(file)) {
            throw UserError.data(folder + ": no artifact: there is no " + NAME
                    + "; give the folder of a finished stage, such as runs/NAME/sft");
        }
        try {
            JsonNode root = JSON.readTree(Files.readAllBytes(file));
            int format = root == null ? 0 : root.path("format").asInt(0);
            if (format != Manifest.FORMAT) {
                throw UserError.contract(file + " format: found " + (format == 0 ? "none" : format) + ", wanted "
                        + Manifest.FORMAT + "; it was written by another version of Trefoil ("
                        + (root == null ? "" : root.path("version").asText("unknown"))
                        + "): run the stage again, or use that version");
            }
            return JSON.treeToValue(root, Manifest.class);
        } catch (JsonProcessingException | IllegalArgumentException broken) {
            throw new UserError(
                    ExitCode.CONTRACT,
                    file + ": not a manifest: it is damaged or was edited; run the stage again",
                    broken);
        } catch (IOException unreadable) {
            throw new UserError(
                    ExitCode.CONFIG_OR_DATA, file + ": cannot be read: " + unreadable.getMessage(), unreadable);
        }
    }
}
