package dev.trefoil.reward.builtin;

import dev.trefoil.UserError;
import dev.trefoil.model.EngineConfig;
import dev.trefoil.model.SharedBase;
import dev.trefoil.quant.BaseConfig;
import dev.trefoil.reward.RewardException;
import dev.trefoil.reward.RewardModel;
import dev.trefoil.reward.RewardSample;
import dev.trefoil.reward.RewardScore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;

/** A reward model over a base that nobody else uses; the base closes with it. */
final class OwnBase implements RewardModel {

    private final SharedBase base;
    private final RewardModel model;

    private OwnBase(SharedBase base, RewardModel model) {
        this.base = base;
        this.model = model;
    }

    /** Opens the base, and the model over it. */
    static RewardModel open(Path folder, EngineConfig engine, Function<SharedBase, RewardModel> opener) {
        if (!Files.isRegularFile(folder.resolve(BaseConfig.FILE_NAME))) {
            throw UserError.data("base: " + folder + " is no base store (no " + BaseConfig.FILE_NAME
                    + "); trefoil prepare makes one from a published model");
        }
        SharedBase base = SharedBase.open(folder, engine);
        try {
            return new OwnBase(base, opener.apply(base));
        } catch (RuntimeException fault) {
            base.close();
            throw fault;
        }
    }

    @Override
    public String name() {
        return model.name();
    }

    @Override
    public List<RewardScore> score(List<RewardSample> batch) throws RewardException {
        return model.score(batch);
    }

    @Override
    public void close() {
        model.close();
        base.close();
    }
}
