package dev.trefoil.stage.ppo;

import dev.trefoil.config.Doc;
import dev.trefoil.config.Required;
import java.nio.file.Path;
import java.util.Map;

/** A reward model: by its name among the folder's, or by the path of a reward.yaml or of a finished reward stage. */
public record RewardChoice(
        @Required @Doc("Name of a reward model, or path of a reward.yaml or of an artifact of the reward stage.")
        String model,

        @Doc("Keys that replace those of reward.yaml, such as on_failure: drop (default none).")
        Map<String, Object> options,

        @Doc("Folder in which names are looked up (default reward-models).")
        Path folder) {

    public RewardChoice {
        options = options == null ? Map.of() : options;
        folder = folder == null ? Path.of("reward-models") : folder;
    }

    public static RewardChoice of(String model) {
        return new RewardChoice(model, null, null);
    }
}
