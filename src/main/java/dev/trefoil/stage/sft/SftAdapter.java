package dev.trefoil.stage.sft;

import dev.trefoil.UserError;
import dev.trefoil.adapter.LoraAdapter;
import dev.trefoil.adapter.LoraConfig;
import dev.trefoil.adapter.SavedModule;
import dev.trefoil.model.SharedBase;
import dev.trefoil.quant.Shape;
import dev.trefoil.train.LoraSettings;
import java.util.List;

/** The adapter of a fine-tune: LoRA parts, and by option the LM head, trained in full from the base's on. */
final class SftAdapter {

    private SftAdapter() {}

    /**
     * A new one, with gradients.
     *
     * @throws UserError if another module than the head is to be trained in full
     */
    static LoraAdapter create(SharedBase base, LoraSettings settings, long seed) {
        LoraConfig lora = settings.forFamily(base.config().family());
        for (String module : settings.modulesToSave()) {
            if (!base.headModules().contains(module) || settings.modulesToSave().size() > 1) {
                throw UserError.data("lora.modules_to_save: found " + settings.modulesToSave() + ", wanted nothing or ["
                        + base.headModules().get(0) + "], the one module that is trained in full");
            }
        }
        Shape shape = base.config().shape();
        List<SavedModule> saved = settings.modulesToSave().stream()
                .map(module -> SavedModule.shape(module, shape.vocabSize(), shape.hiddenSize()))
                .toList();
        LoraAdapter adapter = LoraAdapter.create(SftStage.NAME, lora, base.sites(), saved, seed);
        saved.forEach(module -> adapter.savedValues(module.name()).put(base.headValues()));
        return adapter;
    }
}
