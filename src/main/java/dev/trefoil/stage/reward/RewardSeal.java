package dev.trefoil.stage.reward;

import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.trefoil.adapter.LoraAdapter;
import dev.trefoil.adapter.PeftFiles;
import dev.trefoil.adapter.TaskType;
import dev.trefoil.artifact.Artifact;
import dev.trefoil.artifact.ArtifactWriter;
import dev.trefoil.artifact.Manifest;
import dev.trefoil.artifact.SafeTensorsWriter;
import dev.trefoil.artifact.SafeTensorsWriter.Tensor;
import dev.trefoil.config.ConfigWriter;
import dev.trefoil.eval.Margins;
import dev.trefoil.model.SharedBase;
import dev.trefoil.report.CurvesPng;
import dev.trefoil.report.HistogramPng;
import dev.trefoil.train.RunFolder;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes the sealed artifact of a reward model.
 *
 * @param heldOut the last evaluation, or null without held-out pairs
 * @param paddingDifference largest difference of a score alone and in a padded batch
 */
record RewardSeal(
        SharedBase base,
        RewardConfig config,
        PairData data,
        LoraAdapter adapter,
        HeldOut heldOut,
        double paddingDifference) {

    /** The length rule of the texts, a {@link dev.trefoil.token.PreferenceConfig}: who scores with this model needs it. */
    static final String ROWS = "rows.yaml";

    private static final JsonMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    Artifact write(RunFolder folder, List<Manifest.GoldenScore> golden) throws IOException {
        return ArtifactWriter.write(folder.artifact(), draft -> {
            PeftFiles.write(
                    draft.folder().resolve(Artifact.ADAPTER),
                    adapter,
                    base.config().source().description(),
                    TaskType.SEQ_CLS);
            writeHead(draft);
            Files.writeString(draft.folder().resolve(ROWS), ConfigWriter.toYaml(config.rows()));
            Files.writeString(draft.record("config.yaml"), ConfigWriter.toYaml(config));
            if (heldOut != null) {
                Files.writeString(draft.folder().resolve("evaluation.json"), evaluation());
                Files.writeString(draft.folder().resolve("scores.jsonl"), heldOut.lines());
            }
            Files.copy(folder.metrics(), draft.record("metrics.jsonl"));
            Files.copy(folder.doctor(), draft.record("doctor.jsonl"));
            draw(draft);
            return Manifest.of(
                    Manifest.REWARD,
                    config.seed(),
                    Map.of(
                            Manifest.BASE, base.hash(),
                            Manifest.TOKENIZER, base.tokenizer().hash(),
                            Manifest.DATA, data.hash(),
                            Manifest.CONFIG, ConfigWriter.hash(config.deciding())),
                    Map.of(),
                    golden);
        });
    }

    private void writeHead(ArtifactWriter.Draft draft) throws IOException {
        FloatBuffer weight = adapter.savedValues(RewardAdapter.HEAD);
        float[] values = new float[weight.remaining()];
        weight.get(values);
        SafeTensorsWriter.write(
                draft.folder().resolve(Artifact.HEAD),
                Map.of(RewardAdapter.HEAD + ".weight", Tensor.of(values, 1, values.length)));
    }

    private String evaluation() throws IOException {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("eval_loss", heldOut.loss());
        all.put("padding_difference", paddingDifference);
        all.putAll(heldOut.evaluation().toMap());
        return JSON.writeValueAsString(all) + "\n";
    }

    private void draw(ArtifactWriter.Draft draft) {
        try {
            CurvesPng.write("reward", draft.record("metrics.jsonl"), draft.record("curves.png"));
            if (heldOut != null) {
                Margins margins = heldOut.evaluation().margins();
                HistogramPng.write(
                        "Held-out pairs by margin",
                        "score of chosen - score of rejected",
                        margins.edges(),
                        margins.counts(),
                        draft.record("margins.png"));
            }
        } catch (IOException noFonts) {
            // A machine without fonts cannot draw; the numbers are in the other files.
        }
    }
}
