package dev.trefoil.stage.pretrain;

import dev.trefoil.UserError;
import dev.trefoil.data.SampleKind;
import dev.trefoil.data.Samples;
import dev.trefoil.data.TextSample;
import dev.trefoil.data.grammar.QuickstartData;
import dev.trefoil.data.grammar.ReviewGrammar;
import dev.trefoil.report.Metrics;
import dev.trefoil.token.Batch;
import dev.trefoil.token.Collator;
import dev.trefoil.token.Packed;
import dev.trefoil.token.Packing;
import dev.trefoil.token.PackingConfig;
import dev.trefoil.token.TokenRow;
import dev.trefoil.token.Tokenizer;
import dev.trefoil.token.bpe.BpeConfig;
import dev.trefoil.token.bpe.BpeTrainer;
import dev.trefoil.train.Optimisation;
import dev.trefoil.train.RunLog;
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
import java.util.stream.LongStream;

/** Trains tokenizer and weights, and writes a folder as Hugging Face has its family; {@code prepare} takes it from there. */
public final class PretrainStage {

    /** Some reviews end with a rating: the fine-tune that makes all of them do so needs a base that has met its words. */
    private static final int RATED_EVERY = 5;

    /**
     * @param context its folder's work area gets metrics.jsonl
     * @param out the folder that is written: config.json, model.safetensors, tokenizer.json, tokenizer_config.json
     */
    public StageResult run(StageContext context, PretrainConfig config, Path out) {
        return context.folder().hold(false, () -> trained(context, config, out));
    }

    private static StageResult trained(StageContext context, PretrainConfig config, Path out) {
        List<TextSample> texts = texts(config, context.dataRoot());
        try {
            Files.createDirectories(out);
            writeTokenizer(config, texts, out);
            try (Tokenizer tokenizer = Tokenizer.open(out)) {
                Packed packed = pack(tokenizer, texts, config);
                context.say(packed.describe());
                ScratchModel model = ScratchModel.create(config.model(), tokenizer.vocabularySize(), config.seed());
                double loss = train(context, config, model, packed.requireRows().rows());
                PublishedForm.of(model).write(out, tokenizer.eos());
                return new StageResult(
                        out,
                        Map.of("loss", loss, "parameters", (double) model.size()),
                        List.of(
                                "parameters " + model.size(),
                                "loss of the last steps " + String.format(Locale.ROOT, "%.3f", loss)));
            }
        } catch (IOException e) {
            throw UserError.data(out + ": cannot be written: " + e.getMessage());
        }
    }

    private static List<TextSample> texts(PretrainConfig config, Path root) {
        if (config.data() != null) {
            return Samples.read(config.data(), root, SampleKind.TEXT).samples();
        }
        ReviewGrammar grammar = ReviewGrammar.open();
        return LongStream.range(0, config.texts())
                .mapToObj(i -> new TextSample(grammar.review(
                                QuickstartData.PRETRAINING_SEED,
                                i,
                                i % RATED_EVERY == 0 ? ReviewGrammar.Style.RATED : ReviewGrammar.Style.PLAIN)
                        .text()))
                .toList();
    }

    private static void writeTokenizer(PretrainConfig config, List<TextSample> texts, Path out) {
        BpeConfig standard = BpeConfig.defaults();
        BpeTrainer trainer = new BpeTrainer(new BpeConfig(
                config.vocabulary(),
                standard.minFrequency(),
                standard.endOfText(),
                standard.pad(),
                standard.longestText()));
        texts.forEach(text -> trainer.add(text.text()));
        trainer.train().write(out);
    }

    private static Packed pack(Tokenizer tokenizer, List<TextSample> texts, PretrainConfig config) {
        return Packing.pack(tokenizer, texts, PackingConfig.defaults().withLength(config.length()));
    }

    private static double train(StageContext context, PretrainConfig config, ScratchModel model, List<TokenRow> rows) {
        boolean decay = config.optim().weightDecay() > 0;
        Optimisation optimisation = Optimisation.of(config.optim(), config.steps(), model.trainables(decay));
        double recent = 0;
        try (ScratchPass pass = ScratchPass.open(model);
                RunLog log = context.log("pretrain", 0, config.steps(), Metrics.supervisedColumns())) {
            List<int[]> order = new ArrayList<>();
            for (int step = 0; step < config.steps(); step++) {
                List<Batch> batches = nextBatches(config, rows, order, step);
                log.workBegins();
                double loss = pass.lossAndGradients(batches);
                Optimisation.Step taken = optimisation.step(loss);
                log.workEnds(batches.stream().mapToInt(Batch::tokens).sum());
                recent = step == 0 ? loss : 0.95 * recent + 0.05 * loss;
                if ((step + 1) % config.loggingSteps() == 0) {
                    log.step(step + 1, metrics(loss, taken, log));
                }
            }
        }
        return recent;
    }

    /** The batches of a step, from an order that is drawn anew when it is used up. */
    private static List<Batch> nextBatches(PretrainConfig config, List<TokenRow> rows, List<int[]> order, int step) {
        List<Batch> batches = new ArrayList<>();
        for (int i = 0; i < config.gradientAccumulation(); i++) {
            if (order.isEmpty()) {
                long drawn = (long) step * config.gradientAccumulation() + i;
                order.addAll(Collator.shuffled(rows.size(), config.batchSize(), config.seed(), drawn));
            }
            batches.add(Collator.batch(rows, order.remove(0)));
        }
        return batches;
    }

    private static Map<String, Double> metrics(double loss, Optimisation.Step taken, RunLog log) {
        Map<String, Double> metrics = new LinkedHashMap<>();
        metrics.put("loss", loss);
        metrics.put("grad_norm", taken.gradNorm());
        metrics.put("learning_rate", taken.learningRate());
        metrics.put("tokens_per_second", log.tokensPerSecond());
        return metrics;
    }
}
