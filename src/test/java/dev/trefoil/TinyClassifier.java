package dev.trefoil;

import dev.trefoil.artifact.SafeTensorsFile;
import dev.trefoil.artifact.SafeTensorsWriter;
import dev.trefoil.artifact.SafeTensorsWriter.Tensor;
import dev.trefoil.prepare.Prepare;
import dev.trefoil.prepare.PrepareOptions;
import dev.trefoil.prepare.PrepareProgress;
import dev.trefoil.quant.Precision;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;

/** {@link TinyBase} published as a sequence classifier with two outputs, bad and good. */
public final class TinyClassifier {

    private static final int OUTPUTS = 2;

    private TinyClassifier() {}

    /**
     * Publishes and prepares it.
     *
     * @param published Hugging Face folder to make
     * @param base base store to make
     */
    public static void prepare(Path published, Path base) {
        TinyBase.publish(published);
        try {
            Path config = published.resolve("config.json");
            String labels =
                    "{\"architectures\": [\"LlamaForSequenceClassification\"], \"id2label\": {\"0\": \"bad\", \"1\": \"good\"},";
            Files.writeString(config, Files.readString(config).replaceFirst("\\{", labels));
            addHead(published.resolve("model.safetensors"));
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
        Prepare.run(published, base, PrepareOptions.of(Precision.FP32), PrepareProgress.silent());
    }

    /** In place of the language model's. */
    private static void addHead(Path weights) throws IOException {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        try (SafeTensorsFile file = SafeTensorsFile.open(weights)) {
            for (String name : file.names()) {
                if (!name.equals("lm_head.weight")) {
                    tensors.put(
                            name, Tensor.of(file.floats(name), file.info(name).shape()));
                }
            }
        }
        tensors.put("score.weight", TinyBase.normal(new Random(7), 1, OUTPUTS, TinyBase.HIDDEN));
        SafeTensorsWriter.write(weights, tensors);
    }
}
