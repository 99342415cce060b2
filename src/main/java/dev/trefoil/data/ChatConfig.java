package dev.trefoil.data;

import dev.trefoil.config.BesideFile;
import dev.trefoil.config.Doc;
import java.nio.file.Path;

/** How conversations (lists of messages) become texts, by TRL's names. */
public record ChatConfig(
        @Doc("Learns only what the assistant says, its end-of-turn token included; false learns every token.")
        boolean assistantOnlyLoss,

        @BesideFile @Doc("A file with a Jinja template to use instead of the base's own.")
        Path chatTemplatePath) {

    /** The base's own template; all tokens of a conversation are learned. */
    public static ChatConfig defaults() {
        return new ChatConfig(false, null);
    }

    public ChatConfig withAssistantOnlyLoss(boolean only) {
        return new ChatConfig(only, chatTemplatePath);
    }
}
