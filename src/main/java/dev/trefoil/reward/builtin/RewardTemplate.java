package dev.trefoil.reward.builtin;

import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import dev.trefoil.artifact.AtomicFiles;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Reward models that work as they are written, to start one's own from. All three score alike. */
public enum RewardTemplate {
    /** One source file. */
    JAVA("java", "Score.java"),
    /** A Python program that speaks JSON lines. */
    PROCESS("process", "score.py"),
    /** A Python service, and how it is asked. */
    HTTP("http", "server.py");

    private static final String PLACE = "/templates/reward/";
    private static final String GOLDEN = "golden.jsonl";

    private final String kind;
    private final String code;

    RewardTemplate(String kind, String code) {
        this.kind = kind;
        this.code = code;
    }

    /**
     * Writes the template into a folder of that name.
     *
     * @param name letters, digits and dashes
     * @param in the folder of reward models, made if it is missing
     * @return the folder written
     * @throws UserError for another name, or if the folder exists
     */
    public Path write(String name, Path in) {
        if (!name.matches("[A-Za-z0-9][A-Za-z0-9-]*")) {
            throw new UserError(
                    ExitCode.USAGE, "'" + name + "' is no name for a reward model; letters, digits and '-' are wanted");
        }
        Path folder = in.resolve(name);
        if (Files.exists(folder)) {
            throw UserError.data(folder + ": is there already; choose another name, or remove it first");
        }
        try {
            Files.createDirectories(in);
            Path aside = AtomicFiles.aside(folder.toAbsolutePath());
            Files.createDirectory(aside);
            for (String file : List.of("reward.yaml", "README.md", code)) {
                Files.writeString(aside.resolve(file), filled(kind + "/" + file, name, folder));
            }
            Files.writeString(aside.resolve(GOLDEN), filled(GOLDEN, name, folder));
            AtomicFiles.move(aside, folder.toAbsolutePath());
            return folder;
        } catch (IOException failed) {
            throw UserError.data(folder + ": cannot be written: " + failed.getMessage() + "; choose another --in");
        }
    }

    private static String filled(String resource, String name, Path folder) throws IOException {
        try (InputStream stream = RewardTemplate.class.getResourceAsStream(PLACE + resource)) {
            String text = new String(stream.readAllBytes(), StandardCharsets.UTF_8);
            return text.replace("@NAME@", name)
                    .replace("@FOLDER@", folder.toString().replace('\\', '/'));
        }
    }
}
