package dev.trefoil.stage.sft;

import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import dev.trefoil.artifact.Hashes;
import dev.trefoil.data.ChatSample;
import dev.trefoil.data.CompletionSample;
import dev.trefoil.data.DataConfig;
import dev.trefoil.data.Sample;
import dev.trefoil.data.SampleSet;
import dev.trefoil.data.Samples;
import dev.trefoil.data.TextSample;
import dev.trefoil.model.SharedBase;
import dev.trefoil.token.Batch;
import dev.trefoil.token.ChatRendering;
import dev.trefoil.token.Collator;
import dev.trefoil.token.Packed;
import dev.trefoil.token.Packing;
import dev.trefoil.token.PackingConfig;
import dev.trefoil.token.TokenRow;
import dev.trefoil.token.Tokenizer;
import dev.trefoil.train.StageContext;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

/**
 * The rows of a run.
 *
 * @param training rows to learn from, at least one
 * @param evaluation rows to evaluate on; empty without evaluation data
 * @param packed what became of the training samples
 * @param examples a few samples, of the evaluation data if there are any, for golden scores and sample texts
 */
record SftData(List<TokenRow> training, List<TokenRow> evaluation, Packed packed, List<? extends Sample> examples) {

    private static final int EXAMPLES = 16;

    static SftData read(StageContext context, SharedBase base, SftConfig config) {
        checkFits(base, config.packing());
        SampleSet<? extends Sample> texts = samples(context, base, "data", config.data());
        Packed packed = pack(context, "training", base.tokenizer(), texts, config.packing());
        if (config.eval().data() == null) {
            return new SftData(packed.rows(), List.of(), packed, first(texts));
        }
        DataConfig heldData = config.eval().data();
        SampleSet<? extends Sample> held = samples(
                context,
                base,
                "eval.data",
                heldData.chat() == null ? heldData.withChat(config.data().chat()) : heldData);
        PackingConfig all = config.packing().withRows(null);
        List<TokenRow> heldRows =
                pack(context, "evaluation", base.tokenizer(), held, all).rows();
        return new SftData(packed.rows(), heldRows, packed, first(held));
    }

    private static void checkFits(SharedBase base, PackingConfig packing) {
        int longest = base.config().shape().contextLength();
        if (packing.length() > longest) {
            throw UserError.data("packing.length: found " + packing.length() + ", wanted at most " + longest
                    + ", the context of base " + base.folder() + "; lower packing.length");
        }
        int tokens = base.config().shape().vocabSize();
        if (base.tokenizer().largestId() >= tokens) {
            throw new UserError(
                    ExitCode.CONTRACT,
                    base.folder() + ": its tokenizer has ids up to "
                            + base.tokenizer().largestId() + ", its embedding only " + tokens
                            + " rows: the tokenizer is that of another model; prepare the base again with its own");
        }
    }

    private static SampleSet<? extends Sample> samples(
            StageContext context, SharedBase base, String section, DataConfig config) {
        SampleSet<? extends Sample> found = Samples.training(
                config, context.dataRoot(), ChatRendering.of(base.folder(), base.tokenizer(), config.chat()));
        context.say(section + ": " + found.report().describe());
        return found;
    }

    private static Packed pack(
            StageContext context,
            String what,
            Tokenizer tokenizer,
            SampleSet<? extends Sample> texts,
            PackingConfig config) {
        Packed packed = Packing.pack(tokenizer, texts.samples(), config).requireRows();
        context.say(what + ": " + packed.describe());
        return packed;
    }

    private static List<? extends Sample> first(SampleSet<? extends Sample> texts) {
        return texts.samples().subList(0, Math.min(EXAMPLES, texts.samples().size()));
    }

    /** Training rows by their indices. */
    List<Batch> batches(List<int[]> indices) {
        return indices.stream().map(order -> Collator.batch(training, order)).toList();
    }

    /** SHA-256 of what is learned from, whatever files it came from. */
    String hash() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            for (TokenRow row : training) {
                out.writeInt(row.length());
                for (int i = 0; i < row.length(); i++) {
                    out.writeInt(row.ids()[i]);
                    out.writeInt(row.documents()[i]);
                    out.writeBoolean(row.counts()[i]);
                }
            }
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return Hashes.sha256(bytes.toByteArray());
    }

    /** The text before what is learned; empty for plain texts. */
    static String prompt(Sample sample) {
        if (sample instanceof ChatSample chat) {
            return chat.text().substring(0, chat.firstLearned());
        }
        return sample instanceof CompletionSample pair ? pair.prompt() : "";
    }

    /** The text that is learned; of a conversation all from there on. */
    static String response(Sample sample) {
        if (sample instanceof ChatSample chat) {
            return chat.text().substring(chat.firstLearned());
        }
        return sample instanceof CompletionSample pair ? pair.completion() : ((TextSample) sample).text();
    }
}
