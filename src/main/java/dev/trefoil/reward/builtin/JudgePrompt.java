package dev.trefoil.reward.builtin;

import dev.trefoil.UserError;
import dev.trefoil.reward.RewardSample;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a judge is asked.
 *
 * @param system the system message, empty for none
 * @param template the user's message, in which {@code {prompt}}, {@code {response}} and the names of metadata stand for the sample
 */
record JudgePrompt(String system, String template) {

    private static final Pattern NAME = Pattern.compile("\\{([A-Za-z_][A-Za-z0-9_]*)}");
    private static final String RESPONSE = "{response}";

    JudgePrompt {
        if (!template.contains(RESPONSE)) {
            throw new IllegalArgumentException("prompt: lacks " + RESPONSE + ", the place of the text to judge");
        }
    }

    /** Takes {@code system} and {@code prompt} from the options, or the prompt from the file {@code prompt_file}. */
    static JudgePrompt read(Options options, Path folder) {
        String system = options.text("system", "");
        if (options.has("prompt") == options.has("prompt_file")) {
            throw new IllegalArgumentException(
                    "prompt: either prompt, a text, or prompt_file, a file's name, is wanted");
        }
        if (options.has("prompt")) {
            return new JudgePrompt(system, options.text("prompt"));
        }
        Path file = folder.resolve(options.text("prompt_file"));
        try {
            return new JudgePrompt(system, Files.readString(file));
        } catch (IOException e) {
            throw UserError.data(
                    file + ": cannot be read: " + e.getMessage() + "; prompt_file names a UTF-8 text file");
        }
    }

    /** Replaces all names in one go: braces inside a text stay what they are. Names that the sample lacks stay too. */
    String about(RewardSample sample) {
        Matcher matcher = NAME.matcher(template);
        return matcher.replaceAll(found -> Matcher.quoteReplacement(
                switch (found.group(1)) {
                    case "prompt" -> sample.prompt();
                    case "response" -> sample.response();
                    default -> String.valueOf(sample.metadata().getOrDefault(found.group(1), found.group()));
                }));
    }
}
