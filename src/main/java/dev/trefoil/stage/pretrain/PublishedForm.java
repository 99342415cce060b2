package dev.trefoil.stage.pretrain;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trefoil.artifact.AtomicFiles;
import dev.trefoil.artifact.SafeTensorsWriter;
import dev.trefoil.artifact.SafeTensorsWriter.Tensor;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;

/** A model from scratch as transformers has its family: the weights' names and config.json. */
sealed interface PublishedForm permits PublishedLlama, PublishedGpt2 {

    static PublishedForm of(ScratchModel model) {
        return switch (model.shape().family()) {
            case LLAMA -> new PublishedLlama(model);
            case GPT2 -> new PublishedGpt2(model);
        };
    }

    /** All weights in float16 under their published names. */
    Map<String, Tensor> tensors();

    /**
     * config.json.
     *
     * @param eos token that ends a text
     */
    ObjectNode description(int eos);

    /** Writes model.safetensors and config.json. */
    default void write(Path folder, int eos) throws IOException {
        SafeTensorsWriter.write(folder.resolve("model.safetensors"), tensors(), Map.of("format", "pt"));
        String text = new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(description(eos));
        AtomicFiles.write(folder.resolve("config.json"), (text + "\n").getBytes(StandardCharsets.UTF_8));
    }
}
