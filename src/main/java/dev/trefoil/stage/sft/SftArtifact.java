package dev.trefoil.stage.sft;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.trefoil.UserError;
import dev.trefoil.adapter.LoraAdapter;
import dev.trefoil.adapter.PeftFiles;
import dev.trefoil.adapter.TaskType;
import dev.trefoil.artifact.Artifact;
import dev.trefoil.artifact.ArtifactWriter;
import dev.trefoil.artifact.AtomicFiles;
import dev.trefoil.artifact.Manifest;
import dev.trefoil.config.ConfigWriter;
import dev.trefoil.data.ChatSample;
import dev.trefoil.data.ChatText;
import dev.trefoil.data.CompletionSample;
import dev.trefoil.data.Sample;
import dev.trefoil.data.TextSample;
import dev.trefoil.doctor.Doctor;
import dev.trefoil.model.Role;
import dev.trefoil.model.SharedBase;
import dev.trefoil.report.CurvesPng;
import dev.trefoil.report.Rounded;
import dev.trefoil.report.Summary;
import dev.trefoil.token.Packed;
import dev.trefoil.token.Packing;
import dev.trefoil.token.PackingConfig;
import dev.trefoil.train.StageContext;
import dev.trefoil.train.StageResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Seals what the stage has made: adapter, golden scores, sample texts, metrics. */
record SftArtifact(
        StageContext context, SharedBase base, SftConfig config, SftData data, Role role, SftProgress progress) {

    private static final int GOLDEN_TEXTS = 8;
    private static final int GOLDEN_CHARS = 400;
    private static final JsonMapper JSON = JsonMapper.builder().build();

    StageResult write(long skippedSteps, Doctor doctor) {
        Path folder = context.folder().artifact();
        List<SftTexts.Text> texts = SftTexts.write(role, config, data.examples());
        try {
            Artifact artifact = ArtifactWriter.write(folder, draft -> {
                LoraAdapter adapter = role.stack().adapters().get(0);
                String name = base.config().source().description();
                PeftFiles.write(draft.folder().resolve(Artifact.ADAPTER), adapter, name, TaskType.CAUSAL_LM);
                AtomicFiles.write(draft.folder().resolve("samples.jsonl"), lines(texts));
                AtomicFiles.write(draft.record("config.yaml"), ConfigWriter.toYaml(config));
                Files.copy(context.folder().metrics(), draft.record("metrics.jsonl"));
                Files.copy(context.folder().doctor(), draft.record("doctor.jsonl"));
                curves(draft.record("curves.png"));
                return Manifest.of(SftStage.NAME, config.seed(), hashes(), Map.of(), golden());
            });
            return result(artifact, skippedSteps, texts, doctor);
        } catch (IOException failed) {
            throw UserError.unwritable(folder + ": the artifact", failed);
        }
    }

    private void curves(Path png) {
        try {
            CurvesPng.write(SftStage.NAME, context.folder().metrics(), png);
        } catch (IOException noPicture) {
            context.say("no curves.png: " + noPicture.getMessage());
        }
    }

    private Map<String, String> hashes() {
        return Map.of(
                Manifest.BASE, base.hash(),
                Manifest.TOKENIZER, base.tokenizer().hash(),
                Manifest.DATA, data.hash(),
                Manifest.CONFIG, ConfigWriter.hash(config.deciding()));
    }

    /** The first texts, cut, each with its negative log-likelihood per token under the finished adapter. */
    private List<Manifest.GoldenScore> golden() {
        PackingConfig alone = config.packing().withMode(PackingConfig.Mode.NONE).withRows(null);
        List<Manifest.GoldenScore> golden = new ArrayList<>();
        for (Sample sample : data.examples()) {
            String prompt = SftData.prompt(sample);
            String response = cut(SftData.response(sample));
            Packed packed = Packing.pack(base.tokenizer(), List.of(again(sample, response)), alone);
            if (golden.size() < GOLDEN_TEXTS && !packed.rows().isEmpty()) {
                double nll = SftLoss.evaluate(role, packed.rows(), 1).meanNll();
                golden.add(new Manifest.GoldenScore(prompt, response, nll));
            }
        }
        return golden;
    }

    private static Sample again(Sample sample, String response) {
        if (sample instanceof ChatSample chat) {
            int end = chat.firstLearned() + response.length();
            return new ChatSample(chat.text().substring(0, end), List.of(new ChatText.Span(chat.firstLearned(), end)));
        }
        return sample instanceof CompletionSample pair
                ? new CompletionSample(pair.prompt(), response)
                : new TextSample(response);
    }

    /** A cut never parts the two halves of one character. */
    private static String cut(String text) {
        if (text.length() <= GOLDEN_CHARS) {
            return text;
        }
        int end = Character.isHighSurrogate(text.charAt(GOLDEN_CHARS - 1)) ? GOLDEN_CHARS - 1 : GOLDEN_CHARS;
        return text.substring(0, end);
    }

    private static String lines(List<SftTexts.Text> texts) throws IOException {
        StringBuilder lines = new StringBuilder();
        for (SftTexts.Text text : texts) {
            Map<String, String> line = new LinkedHashMap<>();
            line.put("prompt", text.prompt());
            line.put("before", text.before());
            line.put("after", text.after());
            lines.append(JSON.writeValueAsString(line)).append('\n');
        }
        return lines.toString();
    }

    private StageResult result(Artifact artifact, long skippedSteps, List<SftTexts.Text> texts, Doctor doctor) {
        Map<String, Double> metrics = new LinkedHashMap<>();
        Summary summary = new Summary("sft");
        summary.add("steps", Long.toString(progress.step()));
        summary.add("tokens", String.format(Locale.ROOT, "%,d", progress.tokens()));
        metrics.put("steps", (double) progress.step());
        metrics.put("num_tokens", (double) progress.tokens());
        if (!data.evaluation().isEmpty()) {
            double kept = config.eval().keepBest() ? progress.evalBest() : progress.evalLast();
            metrics.put("eval_loss_before", progress.evalBefore());
            metrics.put("eval_loss", kept);
            metrics.put("eval_perplexity", Math.exp(kept));
            summary.add("eval loss", change(progress.evalBefore(), kept));
            summary.add("perplexity", change(Math.exp(progress.evalBefore()), Math.exp(kept)));
            summary.add("best step", Long.toString(progress.bestStep()));
        }
        if (skippedSteps > 0) {
            summary.add("skipped steps", skippedSteps + " (loss or gradient not finite)");
        }
        summary.add("doctor", doctor.summary());
        for (SftTexts.Text text : texts) {
            summary.add("before: " + text.prompt(), text.before());
            summary.add("after: " + text.prompt(), text.after());
        }
        summary.add("artifact", artifact.folder().toString());
        return new StageResult(
                artifact.folder(), metrics, summary.toText().lines().toList());
    }

    private static String change(double before, double after) {
        return Rounded.of(before) + " -> " + Rounded.of(after);
    }
}
