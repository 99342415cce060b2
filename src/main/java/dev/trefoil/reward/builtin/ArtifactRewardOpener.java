package dev.trefoil.reward.builtin;

import dev.trefoil.reward.RewardModel;
import java.nio.file.Path;
import java.util.Map;

/** Opens an artifact of the reward stage. Supplied by the level that has the base model; this package has no engine. */
@FunctionalInterface
public interface ArtifactRewardOpener {

    /**
     * Opens a sealed artifact folder.
     *
     * @param artifact the folder with manifest.json
     * @param options the {@code options} of reward.yaml, empty when the artifact was named directly
     * @throws dev.trefoil.UserError when the artifact does not fit the base
     */
    RewardModel open(Path artifact, Map<String, Object> options);
}
