package dev.trefoil.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trefoil.UserError;
import dev.trefoil.data.PreferenceSample;
import dev.trefoil.data.PromptSample;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Preference rows and prompt rows. */
class RowsTest {

    private static final String PROMPT = "Question: two numbers";
    private static final String LONG = " the cat reads the question and the old model waits";

    private static Tokenizer tokenizer;

    @BeforeAll
    static void open() {
        tokenizer = TokenizerTest.golden("bytelevel");
    }

    @AfterAll
    static void close() {
        tokenizer.close();
    }

    private static Preferences encode(int length, PreferenceConfig.Truncate truncate, PreferenceSample... samples) {
        return Preferences.encode(tokenizer, List.of(samples), new PreferenceConfig(length, truncate));
    }

    private static int[] ids(String text) {
        return tokenizer.encode(text, true).ids();
    }

    @Test
    void cuts_the_right_end_and_keeps_the_end_token_inside() {
        Preferences found =
                encode(9, PreferenceConfig.Truncate.RIGHT, new PreferenceSample(PROMPT, LONG, LONG + " a", 0.25));
        int[] all = ids(PROMPT + LONG);
        PreferenceRow row = found.rows().get(0);
        assertThat(row.chosen()).hasSize(9).startsWith(Arrays.copyOf(all, 8)).endsWith(tokenizer.eos());
        assertThat(row.margin()).isEqualTo(0.25);
        assertThat(row.chosenChars()).isEqualTo(LONG.length());
        assertThat(found.cut()).isEqualTo(2);
        assertThat(found.identical()).isOne();
    }

    @Test
    void a_prompt_may_have_a_length_of_its_own() {
        int[] prompt = ids(PROMPT);
        int[] answer = ids(LONG);
        PreferenceConfig rule = new PreferenceConfig(100, PreferenceConfig.Truncate.PROMPT_LEFT, 2);
        Preferences found =
                Preferences.encode(tokenizer, List.of(new PreferenceSample(PROMPT, LONG, " a", null)), rule);
        int[] chosen = found.rows().get(0).chosen();
        assertThat(chosen)
                .hasSize(2 + answer.length + 1)
                .startsWith(Arrays.copyOfRange(prompt, prompt.length - 2, prompt.length))
                .endsWith(answer[answer.length - 1], tokenizer.eos());
        assertThat(found.rows().get(0).rejected()).startsWith(Arrays.copyOf(chosen, 2));
        assertThat(found.cut()).isZero();
        assertThatThrownBy(() -> new PreferenceConfig(100, PreferenceConfig.Truncate.RIGHT, 2))
                .hasMessageContainingAll("promptLength", "prompt-left");
    }

    @Test
    void cuts_the_left_of_the_prompt_first() {
        int[] prompt = ids(PROMPT);
        int[] answer = ids(LONG);
        int room = answer.length + 3;
        PreferenceRow row = encode(
                        room + 1,
                        PreferenceConfig.Truncate.PROMPT_LEFT,
                        new PreferenceSample(PROMPT, LONG, " a dog", null))
                .rows()
                .get(0);
        assertThat(row.chosen())
                .hasSize(room + 1)
                .startsWith(Arrays.copyOfRange(prompt, prompt.length - 3, prompt.length))
                .endsWith(tokenizer.eos());
        assertThat(Arrays.copyOfRange(row.chosen(), 3, room)).isEqualTo(answer);
        assertThat(row.rejected()).startsWith(prompt);
        PreferenceRow tight = encode(
                        5, PreferenceConfig.Truncate.PROMPT_LEFT, new PreferenceSample(PROMPT, LONG, " a dog", null))
                .rows()
                .get(0);
        assertThat(tight.chosen()).hasSize(5).startsWith(Arrays.copyOf(answer, 4));
        assertThat(tight.margin()).isZero();
    }

    @Test
    void drops_pairs_that_are_too_long() {
        Preferences found = encode(
                16,
                PreferenceConfig.Truncate.DROP,
                new PreferenceSample("", LONG + LONG, " a", null),
                new PreferenceSample("", " a dog", " a", null));
        assertThat(found.rows()).hasSize(1);
        assertThat(found.dropped()).isOne();
        assertThatThrownBy(() ->
                        encode(16, PreferenceConfig.Truncate.DROP, new PreferenceSample("", LONG + LONG, " a", null)))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("no preference pair is left");
    }

    @Test
    void collates_chosen_before_rejected() {
        Preferences found = encode(
                64,
                PreferenceConfig.Truncate.RIGHT,
                new PreferenceSample(PROMPT, LONG, " a dog", null),
                new PreferenceSample(PROMPT, " policy", " likes", null));
        Batch batch = Collator.preferences(found.rows());
        assertThat(batch.rows()).isEqualTo(4);
        int[] lengths = batch.lengths();
        for (int i = 0; i < 2; i++) {
            assertThat(Arrays.copyOfRange(batch.ids(), i * batch.columns(), i * batch.columns() + lengths[i]))
                    .isEqualTo(found.rows().get(i).chosen());
            int at = (i + 2) * batch.columns();
            assertThat(Arrays.copyOfRange(batch.ids(), at, at + lengths[i + 2]))
                    .isEqualTo(found.rows().get(i).rejected());
        }
        assertThat(batch.labels()).isZero();
        assertThat(found.tokens()).isEqualTo(batch.tokens());
    }

    @Test
    void takes_the_beginning_of_prompts() {
        List<PromptSample> samples = IntStream.range(0, 60)
                .mapToObj(i -> new PromptSample(i == 3 ? "a" : LONG, Map.of("i", i)))
                .toList();
        Prompts fixed = Prompts.encode(tokenizer, samples, PromptConfig.beginning(8, 8), 1);
        assertThat(fixed.rows()).hasSize(59).allSatisfy(row -> {
            assertThat(row.ids()).isEqualTo(Arrays.copyOf(ids(LONG), 8));
            assertThat(row.text()).isEqualTo(tokenizer.decode(row.ids(), true));
            assertThat(row.metadata()).containsEntry("i", row.sample());
        });
        assertThat(fixed.tooShort()).isOne();
        Prompts drawn = Prompts.encode(tokenizer, samples, PromptConfig.beginning(2, 7), 1);
        assertThat(drawn.rows().stream().map(row -> row.ids().length).collect(Collectors.toSet()))
                .containsExactlyInAnyOrder(2, 3, 4, 5, 6, 7);
        Prompts part = Prompts.encode(tokenizer, samples.subList(0, 10), PromptConfig.beginning(2, 7), 1);
        for (int i = 0; i < part.rows().size(); i++) {
            assertThat(part.rows().get(i).ids()).isEqualTo(drawn.rows().get(i).ids());
        }
    }

    @Test
    void whole_prompts_may_be_too_long() {
        List<PromptSample> samples = List.of(new PromptSample("a dog", Map.of()), new PromptSample(LONG, Map.of()));
        Prompts found = Prompts.encode(tokenizer, samples, PromptConfig.whole(6), 1);
        assertThat(found.rows()).hasSize(1);
        assertThat(found.tooLong()).isOne();
        assertThatThrownBy(() -> Prompts.encode(tokenizer, samples, PromptConfig.whole(1), 1))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("no prompt is left");
    }
}
