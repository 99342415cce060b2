package dev.trefoil.stage.ppo;

import dev.trefoil.config.Doc;
import dev.trefoil.config.Range;

/** What happens to the reward model's scores before they become rewards. A null component takes the preset's value. */
public record ScoreOptions(
        @Doc("Divide scores by their running standard deviation (default by preset: false).")
        Boolean scale,

        @Doc("With scale: also subtract the running mean (default by preset: false).")
        Boolean normalise,

        @Range(min = 0) @Doc("Largest absolute score after scaling; 0 for none (default by preset).")
        Double clip) {

    public ScoreOptions {
        if (Boolean.TRUE.equals(normalise) && !Boolean.TRUE.equals(scale)) {
            throw new IllegalArgumentException(
                    "normalise: needs scale: true as well, was on alone; switch both on or " + "normalise off");
        }
        if (clip != null && !(clip >= 0)) {
            throw new IllegalArgumentException("clip: must be at least 0 (0 for none), was " + clip);
        }
    }

    static ScoreOptions clipped(double clip) {
        return new ScoreOptions(false, false, clip);
    }

    ScoreOptions filled(ScoreOptions preset) {
        return new ScoreOptions(
                scale != null ? scale : preset.scale,
                normalise != null ? normalise : preset.normalise,
                clip != null ? clip : preset.clip);
    }
}
