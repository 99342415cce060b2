package dev.trefoil.stage.reward;

import dev.trefoil.UserError;
import dev.trefoil.artifact.Hashes;
import dev.trefoil.data.DataConfig;
import dev.trefoil.data.PreferenceSample;
import dev.trefoil.data.SampleSet;
import dev.trefoil.data.Samples;
import dev.trefoil.model.SharedBase;
import dev.trefoil.token.ChatRendering;
import dev.trefoil.token.PreferenceRow;
import dev.trefoil.token.Preferences;
import dev.trefoil.token.Tokenizer;
import dev.trefoil.train.StageContext;
import java.util.ArrayList;
import java.util.List;

/**
 * The pairs of a run.
 *
 * @param training rows to learn from
 * @param evaluation held-out rows; empty when there are none
 * @param shown pairs from which the golden texts are taken: held-out ones, or else training pairs
 * @param lost training texts cut or dropped for their length
 * @param texts training texts, two a pair
 * @param hash SHA-256 of all texts and margins
 */
record PairData(
        List<PreferenceRow> training,
        List<PreferenceRow> evaluation,
        List<PreferenceSample> shown,
        long lost,
        long texts,
        String hash) {

    PairData {
        training = List.copyOf(training);
        evaluation = List.copyOf(evaluation);
        shown = List.copyOf(shown);
    }

    /**
     * Reads and encodes both sets, and says what became of their rows.
     *
     * @throws UserError if a file, a column or a margin is missing, or no pair is left
     */
    static PairData read(StageContext context, SharedBase base, RewardConfig config) {
        Tokenizer tokenizer = base.tokenizer();
        SampleSet<PreferenceSample> training = samples(context, base, config.data());
        if (config.loss().margin()) {
            requireMargins(training);
        }
        Preferences rows = encode(context, tokenizer, training, config, "training");
        long lost = rows.cut() + 2L * rows.dropped();
        long texts = 2L * training.samples().size();
        if (config.eval().data() == null) {
            return new PairData(
                    rows.rows(), List.of(), training.samples(), lost, texts, hash(training.samples(), List.of()));
        }
        SampleSet<PreferenceSample> held = samples(
                context,
                base,
                config.eval().data().chat() == null
                        ? config.eval().data().withChat(config.data().chat())
                        : config.eval().data());
        Preferences heldRows = encode(context, tokenizer, held, config, "evaluation");
        return new PairData(
                rows.rows(), heldRows.rows(), held.samples(), lost, texts, hash(training.samples(), held.samples()));
    }

    private static SampleSet<PreferenceSample> samples(StageContext context, SharedBase base, DataConfig data) {
        return Samples.preferences(
                data, context.dataRoot(), ChatRendering.of(base.folder(), base.tokenizer(), data.chat()));
    }

    private static Preferences encode(
            StageContext context,
            Tokenizer tokenizer,
            SampleSet<PreferenceSample> set,
            RewardConfig config,
            String role) {
        Preferences rows = Preferences.encode(tokenizer, set.samples(), config.rows());
        context.say(role + ": " + set.report().describe());
        context.say(role + ": " + rows.describe());
        if (rows.identical() == rows.rows().size()) {
            throw UserError.data(role + " pairs: all " + rows.identical()
                    + " have the same tokens on both sides, so there is nothing to learn; raise rows.length (now "
                    + config.rows().length() + ") or set rows.truncate to prompt-left");
        }
        return rows;
    }

    private static void requireMargins(SampleSet<PreferenceSample> training) {
        List<PreferenceSample> samples = training.samples();
        for (int i = 0; i < samples.size(); i++) {
            if (samples.get(i).margin() == null) {
                throw UserError.data(training.report().source() + ": pair " + (i + 1)
                        + " has no margin, but loss.margin is true; wanted a number in each row: map its column with "
                        + "`columns: {margin: COLUMN}`, or set loss.margin to false");
            }
        }
    }

    /** Each text is hashed by itself, so that no two sets run together to the same bytes. */
    private static String hash(List<PreferenceSample> training, List<PreferenceSample> evaluation) {
        StringBuilder all = new StringBuilder();
        for (List<PreferenceSample> part : List.of(training, evaluation)) {
            all.append(part.size()).append('\n');
            for (PreferenceSample sample : part) {
                all.append(Hashes.sha256(sample.prompt()))
                        .append(Hashes.sha256(sample.chosen()))
                        .append(Hashes.sha256(sample.rejected()))
                        .append(sample.margin())
                        .append('\n');
            }
        }
        return Hashes.sha256(all.toString());
    }

    /** @throws UserError if a text has more tokens than the base was made for */
    void checkFits(int contextLength) {
        for (List<PreferenceRow> part : List.of(training, evaluation)) {
            for (PreferenceRow row : part) {
                int longest = Math.max(row.chosen().length, row.rejected().length);
                if (longest > contextLength) {
                    throw UserError.data("a text of " + longest + " tokens, but the base was made for " + contextLength
                            + "; set rows.length to " + contextLength + " or less");
                }
            }
        }
    }

    /** Rows at the given places. */
    List<PreferenceRow> training(int[] places) {
        List<PreferenceRow> rows = new ArrayList<>(places.length);
        for (int place : places) {
            rows.add(training.get(place));
        }
        return rows;
    }
}
