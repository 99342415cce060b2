package dev.trefoil.token.bpe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trefoil.data.grammar.ReviewGrammar;
import dev.trefoil.token.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BpeTrainerTest {

    private static final String STRANGE = "Naïve  \t café — 東京 😀 it's 3.14\n\nEnd ";

    @TempDir
    private Path folder;

    @Test
    void merges_the_most_frequent_pair_first_and_breaks_ties_by_id() {
        BpeVocabulary vocabulary = train(List.of("abab abab xyxy"), new BpeConfig(264, 2, "<end>", "<pad>", 8));
        assertThat(vocabulary.merges()).containsExactly("a b", "x y", "ab ab");
        assertThat(vocabulary.tokens())
                .hasSize(BpeConfig.BYTES + BpeConfig.SPECIAL + 3)
                .startsWith("<end>", "<pad>", "!");
    }

    @Test
    void rare_pairs_are_not_merged() {
        assertThat(train(List.of("one two"), new BpeConfig(400, 2, "<end>", "<pad>", 8))
                        .merges())
                .isEmpty();
    }

    @Test
    void the_files_load_and_texts_come_back() {
        train(reviews(0, 500), BpeConfig.defaults()).write(folder);
        try (Tokenizer tokenizer = Tokenizer.open(folder)) {
            for (String text : List.of(STRANGE, reviews(900, 1).get(0), "<|endoftext|>")) {
                assertThat(tokenizer.decode(tokenizer.encode(text, true).ids(), false))
                        .isEqualTo(text);
            }
            assertThat(tokenizer.encode("<|endoftext|><|pad|>", false).ids()).containsExactly(0, 1);
            assertThat(tokenizer.eos()).isZero();
            assertThat(tokenizer.special().pad()).isEqualTo(1);
            assertThat(tokenizer.decode(
                            tokenizer.encode("A film.<|endoftext|>", false).ids(), true))
                    .isEqualTo("A film.");
        }
    }

    @Test
    void unseen_reviews_take_little_more_than_a_token_a_word() {
        BpeVocabulary vocabulary = train(reviews(0, 3000), BpeConfig.defaults());
        vocabulary.write(folder);
        try (Tokenizer tokenizer = Tokenizer.open(folder)) {
            long tokens = 0;
            long words = 0;
            for (String review : reviews(100_000, 300)) {
                tokens += tokenizer.encode(review, false).ids().length;
                words += review.split(" ").length;
            }
            assertThat((double) tokens / words).isLessThan(1.3);
        }
    }

    @Test
    void the_order_of_texts_does_not_change_a_byte() throws IOException {
        List<String> texts = new ArrayList<>(reviews(0, 300));
        train(texts, BpeConfig.defaults()).write(folder.resolve("a"));
        Collections.reverse(texts);
        train(texts, BpeConfig.defaults()).write(folder.resolve("b"));
        for (String name : List.of("tokenizer.json", "tokenizer_config.json")) {
            assertThat(Files.mismatch(
                            folder.resolve("a").resolve(name),
                            folder.resolve("b").resolve(name)))
                    .isEqualTo(-1);
        }
    }

    @Test
    void settings_out_of_range_are_refused() {
        assertThatThrownBy(() -> new BpeConfig(100, 2, "<end>", "<pad>", 8))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("at least 258");
        assertThatThrownBy(() -> new BpeConfig(300, 2, "<end>", "<end>", 8)).hasMessageContaining("different");
    }

    private static List<String> reviews(long from, int count) {
        ReviewGrammar grammar = ReviewGrammar.open();
        List<String> texts = new ArrayList<>();
        for (long index = from; index < from + count; index++) {
            texts.add(grammar.review(5, index).text());
        }
        return texts;
    }

    private static BpeVocabulary train(List<String> texts, BpeConfig config) {
        BpeTrainer trainer = new BpeTrainer(config);
        texts.forEach(trainer::add);
        return trainer.train();
    }
}
