package dev.trefoil.prepare;

import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import dev.trefoil.data.grammar.ReviewGrammar;
import dev.trefoil.token.bpe.BpeConfig;
import dev.trefoil.token.bpe.BpeTrainer;
import dev.trefoil.token.bpe.BpeVocabulary;

/**
 * The tokenizer of models that know nothing: a byte-level BPE of the project's own film reviews, whose end of text is id 0 and whose
 * padding is id 1.
 */
final class ReviewTokenizer {

    private static final int REVIEWS = 400;
    private static final long REVIEW_SEED = 1;

    private ReviewTokenizer() {}

    /**
     * Trains it.
     *
     * @param where names the configuration in messages
     * @param vocabulary most tokens; it has fewer when no further pair of letters is frequent
     * @throws UserError when the vocabulary has no room for all bytes
     */
    static BpeVocabulary train(String where, int vocabulary, int context) {
        BpeConfig standard = BpeConfig.defaults();
        BpeConfig wanted;
        try {
            wanted = new BpeConfig(vocabulary, standard.minFrequency(), standard.endOfText(), standard.pad(), context);
        } catch (IllegalArgumentException tooSmall) {
            throw new UserError(ExitCode.CONFIG_OR_DATA, where + ": vocab_size: " + tooSmall.getMessage(), tooSmall);
        }
        BpeTrainer trainer = new BpeTrainer(wanted);
        ReviewGrammar grammar = ReviewGrammar.open();
        for (int i = 0; i < REVIEWS; i++) {
            trainer.add(grammar.review(REVIEW_SEED, i).text());
        }
        return trainer.train();
    }
}
