package dev.trefoil.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trefoil.UserError;
import dev.trefoil.data.CompletionSample;
import dev.trefoil.data.KeyedRandom;
import dev.trefoil.data.TextSample;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class PackingTest {

    private static final PackingConfig CONCAT = PackingConfig.defaults();
    private static final PackingConfig ALONE = CONCAT.withMode(PackingConfig.Mode.NONE);

    /** A document of {@code length} ids from {@code first} on, of which those from {@code from} on count. */
    private static Document document(int first, int length, int from) {
        int[] ids = new int[length];
        boolean[] counts = new boolean[length];
        for (int i = 0; i < length; i++) {
            ids[i] = first + i;
            counts[i] = i >= from;
        }
        return new Document(ids, counts, true);
    }

    private static Packed pack(PackingConfig config, Document... documents) {
        return Packing.pack(List.of(documents).iterator(), config);
    }

    @ParameterizedTest
    @EnumSource(PackingConfig.Boundaries.class)
    void keeps_every_token_in_order(PackingConfig.Boundaries boundaries) {
        KeyedRandom random = KeyedRandom.of(1);
        List<Document> documents = new ArrayList<>();
        int next = 0;
        for (int i = 0; i < 200; i++) {
            int length = 2 + random.nextInt(40);
            documents.add(document(next, length, 0));
            next += length;
        }
        Packed packed = Packing.pack(documents.iterator(), CONCAT.withLength(32).withBoundaries(boundaries));
        int[] all = packed.rows().stream()
                .flatMapToInt(row -> Arrays.stream(row.ids()))
                .toArray();
        for (int i = 0; i < all.length; i++) {
            assertThat(all[i]).isEqualTo(i);
        }
        assertThat(all).hasSizeGreaterThanOrEqualTo(next - 1);
        assertThat(packed.tokens()).isEqualTo(all.length);
        List<TokenRow> rows = packed.rows();
        assertThat(rows.subList(0, rows.size() - 1))
                .allSatisfy(row -> assertThat(row.length()).isEqualTo(32));
    }

    @Test
    void respects_documents() {
        TokenRow row = pack(CONCAT.withLength(7), document(10, 3, 0), document(20, 6, 0))
                .rows()
                .get(0);
        assertThat(row.ids()).containsExactly(10, 11, 12, 20, 21, 22, 23);
        assertThat(row.positions()).containsExactly(0, 1, 2, 0, 1, 2, 3);
        assertThat(row.documents()).containsExactly(0, 0, 0, 1, 1, 1, 1);
        assertThat(row.counts()).containsExactly(false, true, true, false, true, true, true);
        TokenRow rest = pack(CONCAT.withLength(7), document(10, 3, 0), document(20, 6, 0))
                .rows()
                .get(1);
        assertThat(rest.ids()).containsExactly(24, 25);
        assertThat(rest.positions()).containsExactly(0, 1);
        assertThat(rest.documents()).containsExactly(0, 0);
        assertThat(rest.counts()).containsExactly(false, true);
    }

    @Test
    void lets_attention_cross_when_asked() {
        TokenRow row = pack(
                        CONCAT.withLength(7).withBoundaries(PackingConfig.Boundaries.ATTEND),
                        document(10, 3, 0),
                        document(20, 6, 0))
                .rows()
                .get(0);
        assertThat(row.positions()).containsExactly(0, 1, 2, 3, 4, 5, 6);
        assertThat(row.documents()).containsOnly(0);
        assertThat(row.counts()).containsExactly(false, true, true, true, true, true, true);
    }

    @Test
    void stops_at_the_row_limit() {
        Packed packed =
                pack(CONCAT.withLength(4).withRows(2), document(0, 3, 0), document(3, 30, 0), document(33, 9, 0));
        assertThat(packed.rows()).hasSize(2);
        assertThat(packed.samples()).isEqualTo(2);
        assertThat(packed.tokens()).isEqualTo(8);
    }

    @Test
    void one_sample_a_row_keeps_the_wanted_end() {
        Packed start = pack(ALONE.withLength(4), document(0, 3, 0), document(10, 6, 3));
        assertThat(start.rows())
                .extracting(TokenRow::ids)
                .containsExactly(new int[] {0, 1, 2}, new int[] {10, 11, 12, 13});
        assertThat(start.rows().get(1).counts()).containsExactly(false, false, false, true);
        assertThat(start.cut()).isOne();
        assertThat(start.ended()).isOne();
        Packed end = pack(ALONE.withLength(4).withKeep(PackingConfig.Keep.END), document(10, 6, 3));
        assertThat(end.rows().get(0).ids()).containsExactly(12, 13, 14, 15);
        assertThat(end.rows().get(0).positions()).containsExactly(0, 1, 2, 3);
        assertThat(end.ended()).isOne();
    }

    @Test
    void drops_and_counts_what_has_no_labels() {
        Packed packed = pack(ALONE.withLength(4), document(0, 9, 6), document(10, 3, 1), document(20, 1, 0));
        assertThat(packed.rows()).hasSize(1);
        assertThat(packed.samplesWithoutLabels()).isEqualTo(2);
        Packed none = pack(ALONE.withLength(4), document(0, 9, 6));
        assertThatThrownBy(none::requireRows)
                .isInstanceOf(UserError.class)
                .hasMessageContaining("1 samples without labels dropped");
        Packed stream = pack(CONCAT.withLength(4), document(0, 9, 8));
        assertThat(stream.rowsWithoutLabels()).isEqualTo(3);
    }

    @Test
    void pads_by_length_even_where_ids_equal_the_filler() {
        Batch batch = Collator.batch(pack(ALONE, document(0, 1, 0), document(0, 4, 2), document(0, 2, 0))
                .rows());
        assertThat(batch.rows()).isEqualTo(2);
        assertThat(batch.columns()).isEqualTo(4);
        assertThat(batch.ids()).containsExactly(0, 1, 2, 3, 0, 1, 0, 0);
        assertThat(batch.documents()).containsExactly(0, 0, 0, 0, 0, 0, -1, -1);
        assertThat(batch.counts()).containsExactly(false, false, true, true, false, true, false, false);
        assertThat(batch.lengths()).containsExactly(4, 2);
        assertThat(batch.tokens()).isEqualTo(6);
        assertThat(batch.labels()).isEqualTo(3);
        Batch zeros = Collator.sequences(List.of(new int[] {0, 0, 0}, new int[] {0}));
        assertThat(zeros.lengths()).containsExactly(3, 1);
    }

    @Test
    void orders_depend_on_seed_and_epoch_only() {
        List<int[]> order = Collator.shuffled(10, 4, 1, 0);
        assertThat(order).extracting(batch -> batch.length).containsExactly(4, 4, 2);
        assertThat(order.stream().flatMapToInt(Arrays::stream).toArray())
                .containsExactlyInAnyOrder(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
        assertThat(Collator.shuffled(10, 4, 1, 0)).usingRecursiveComparison().isEqualTo(order);
        assertThat(Collator.shuffled(10, 4, 1, 1).get(0)).isNotEqualTo(order.get(0));
        assertThat(Collator.inOrder(3, 2)).containsExactly(new int[] {0, 1}, new int[] {2});
    }

    @ParameterizedTest
    @ValueSource(strings = {"bytelevel", "llama3", "bloom", "metaspace"})
    void completions_count_by_characters(String kind) {
        try (Tokenizer tokenizer = TokenizerTest.golden(kind)) {
            // The space belongs to the prompt, yet " cat" is one token: it carries the answer's first letters.
            Document document = Document.of(tokenizer, new CompletionSample("Question: the ", "cat reads"), true);
            int first = 0;
            while (!document.counts()[first]) {
                first++;
            }
            int[] learned = Arrays.copyOfRange(document.ids(), first, document.ids().length - 1);
            assertThat(tokenizer.decode(learned, true).strip()).isEqualTo("cat reads");
            for (int i = first; i < document.ids().length; i++) {
                assertThat(document.counts()[i]).isTrue();
            }
            assertThat(document.ids()[document.ids().length - 1]).isEqualTo(tokenizer.eos());
            assertThat(document.ended()).isTrue();
        }
    }

    @Test
    void the_end_token_stands_once() {
        try (Tokenizer tokenizer = TokenizerTest.golden("bytelevel")) {
            int eos = tokenizer.eos();
            Document added = Document.of(tokenizer, new TextSample("the cat"), true);
            Document there = Document.of(tokenizer, new TextSample("the cat<|endoftext|>"), true);
            Document without = Document.of(tokenizer, new TextSample("the cat"), false);
            assertThat(added.ids()).isEqualTo(there.ids()).endsWith(eos);
            assertThat(without.ids()).doesNotContain(eos);
            assertThat(without.ended()).isFalse();
            Packed packed = Packing.pack(
                    tokenizer, List.of(new TextSample("the cat"), new TextSample("a dog")), CONCAT.withLength(64));
            assertThat(Arrays.stream(packed.rows().get(0).ids()).filter(id -> id == eos))
                    .hasSize(2);
            assertThat(packed.ended()).isEqualTo(2);
        }
    }
}
