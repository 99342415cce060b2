package dev.trefoil.reward.builtin;

import dev.trefoil.reward.RewardModel;
import java.nio.file.Path;
import java.util.Map;

/**
 * Opens an artifact of the reward stage over a base that somebody else has open, see {@link LearnedReward#opener}. An artifact whose
 * reward.yaml names a base of its own does not come here.
 */
@FunctionalInterface
public interface ArtifactRewardOpener {

    /**
     * Opens a sealed artifact folder.
     *
     * @param artifact the folder with manifest.json
     * @param options the {@code options} of reward.yaml, empty when the artifact was named directly
     * @throws dev.trefoil.UserError when the artifact does not fit the base, or there is no base
     */
    RewardModel open(Path artifact, Map<String, Object> options);
}
