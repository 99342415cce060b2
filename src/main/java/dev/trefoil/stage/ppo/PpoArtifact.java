package dev.trefoil.stage.ppo;

import dev.trefoil.UserError;
import dev.trefoil.adapter.PeftFiles;
import dev.trefoil.adapter.TaskType;
import dev.trefoil.artifact.Artifact;
import dev.trefoil.artifact.ArtifactWriter;
import dev.trefoil.artifact.Manifest;
import dev.trefoil.artifact.SafeTensorsWriter;
import dev.trefoil.artifact.SafeTensorsWriter.Tensor;
import dev.trefoil.config.ConfigWriter;
import dev.trefoil.model.ScalarHead;
import dev.trefoil.model.SharedBase;
import dev.trefoil.report.CurvesPng;
import dev.trefoil.report.Rounded;
import dev.trefoil.report.Summary;
import dev.trefoil.train.RunFolder;
import dev.trefoil.train.StageContext;
import dev.trefoil.train.StageResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Seals what a run leaves: adapter/ (PEFT files of the trained adapter alone), value_head.safetensors under TRL's names,
 * samples.jsonl, rollouts.jsonl.gz, config.yaml, metrics.jsonl, curves.png.
 */
record PpoArtifact(StageContext context, SharedBase base, PpoParts parts, PpoProgress end) {

    private static final String SAMPLES = "samples.jsonl";

    /** As TRL's {@code AutoModelForCausalLMWithValueHead} names them. */
    private static final String VALUE_WEIGHT = "v_head.summary.weight";

    private static final String VALUE_BIAS = "v_head.summary.bias";

    static Path samples(RunFolder folder) {
        return folder.work().resolve(SAMPLES);
    }

    StageResult write(String doctor) {
        RunFolder folder = context.folder();
        try {
            Artifact artifact = ArtifactWriter.write(folder.artifact(), this::contents);
            return new StageResult(artifact.folder(), end.results(), summary(artifact, doctor));
        } catch (IOException failed) {
            throw UserError.unwritable(folder.artifact() + ": the artifact", failed);
        }
    }

    private Manifest contents(ArtifactWriter.Draft draft) throws IOException {
        PpoConfig config = parts.config();
        String name = base.config().source().description();
        PeftFiles.write(draft.folder().resolve(Artifact.ADAPTER), parts.adapter(), name, TaskType.CAUSAL_LM);
        writeValueHead(draft.folder().resolve("value_head.safetensors"));
        Files.copy(samples(context.folder()), draft.folder().resolve(SAMPLES));
        Files.copy(RolloutLog.below(context.folder().work()), draft.record(RolloutLog.NAME));
        Files.writeString(draft.record("config.yaml"), ConfigWriter.toYaml(config));
        Files.copy(context.folder().metrics(), draft.record("metrics.jsonl"));
        Files.copy(context.folder().doctor(), draft.record("doctor.jsonl"));
        try {
            CurvesPng.write(PpoStage.NAME, context.folder().metrics(), draft.record("curves.png"));
        } catch (IOException noPicture) {
            context.say("no curves.png: " + noPicture.getMessage());
        }
        Map<String, String> hashes = Map.of(
                Manifest.BASE, base.hash(),
                Manifest.TOKENIZER, base.tokenizer().hash(),
                Manifest.DATA, parts.dataHash(),
                Manifest.CONFIG, PpoParts.configHash(config));
        return Manifest.of(PpoStage.NAME, config.seed(), hashes, parts.parents(), List.of());
    }

    private void writeValueHead(Path file) throws IOException {
        ScalarHead head = parts.roles().value();
        float[] values = new float[head.hidden() + 1];
        head.values().get(head.values().position(), values);
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        tensors.put(VALUE_WEIGHT, Tensor.of(Arrays.copyOf(values, head.hidden()), 1, head.hidden()));
        tensors.put(VALUE_BIAS, Tensor.of(new float[] {values[head.hidden()]}, 1));
        SafeTensorsWriter.write(file, tensors, Map.of("format", "pt"));
    }

    /** An evaluation in one line. */
    static String line(Map<String, Double> found) {
        StringBuilder line = new StringBuilder();
        found.forEach((name, value) -> line.append(line.length() == 0 ? "" : ", ")
                .append(name.replaceFirst("^eval_(env/|objective/|tokens/)?", ""))
                .append(' ')
                .append(Rounded.of(value)));
        return line.toString();
    }

    private List<String> summary(Artifact artifact, String doctor) {
        PpoOptions options = parts.config().ppo();
        Summary summary = new Summary(PpoStage.NAME);
        summary.add("steps", Long.toString(end.step()));
        summary.add("episodes", Long.toString(end.episodes(options.batchSize())));
        if (end.losses().samples() > 0) {
            summary.add(
                    "dropped",
                    end.losses().samples() + " episodes without a score, "
                            + end.losses().emptySteps() + " steps without any");
        }
        summary.add("reward", change("first/env/reward_mean", "last/env/reward_mean"));
        summary.add("KL", change("first/objective/kl", "last/objective/kl"));
        summary.add("KL coefficient", Rounded.of(end.kl().value()));
        for (String name : end.results().keySet()) {
            if (name.startsWith("before/")) {
                String metric = name.substring("before/".length());
                summary.add("held " + metric.replaceFirst("^eval_", ""), change("before/" + metric, "after/" + metric));
            }
        }
        if (parts.optimisation().skipped() > 0) {
            summary.add("skipped steps", parts.optimisation().skipped() + " (loss or gradient not finite)");
        }
        summary.add("doctor", doctor);
        summary.add("artifact", artifact.folder().toString());
        return summary.toText().lines().toList();
    }

    private String change(String before, String after) {
        return Rounded.of(end.results().getOrDefault(before, Double.NaN)) + " -> "
                + Rounded.of(end.results().getOrDefault(after, Double.NaN));
    }
}
