package dev.trefoil.rl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class CounterRandomTest {

    private static CounterRandom random() {
        return CounterRandom.of(7, "sft", 3, 11, "dropout");
    }

    /** Known answers of Philox4x32-10 from the authors' library Random123 (kat_vectors). */
    @Test
    void philox_gives_the_published_answers() {
        assertThat(CounterRandom.philox(0, 0, 0)).containsExactly(0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8);
        assertThat(CounterRandom.philox(-1, -1, -1)).containsExactly(0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd);
        assertThat(CounterRandom.philox(0x85a308d3243f6a88L, 0x0370734413198a2eL, 0x299f31d0a4093822L))
                .containsExactly(0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1);
    }

    @Test
    void the_key_decides_every_number() {
        assertThat(random().nextLong()).isEqualTo(random().nextLong());
        List<CounterRandom> others = List.of(
                CounterRandom.of(8, "sft", 3, 11, "dropout"),
                CounterRandom.of(7, "ppo", 3, 11, "dropout"),
                CounterRandom.of(7, "sft", 4, 11, "dropout"),
                CounterRandom.of(7, "sft", 3, 12, "dropout"),
                CounterRandom.of(7, "sft", 3, 11, "order"));
        long first = random().nextLong();
        assertThat(others).allSatisfy(other -> assertThat(other.nextLong()).isNotEqualTo(first));
    }

    @Test
    void seeking_finds_the_word_that_drawing_would_have_reached() {
        CounterRandom drawn = random();
        long[] words = IntStream.range(0, 9).mapToLong(i -> drawn.nextLong()).toArray();
        CounterRandom sought = random();
        for (int i = 8; i >= 0; i--) {
            sought.seek(i);
            assertThat(sought.nextLong()).isEqualTo(words[i]);
            assertThat(sought.position()).isEqualTo(i + 1);
        }
    }

    @Test
    void moments_are_those_of_the_distributions() {
        CounterRandom random = random();
        int count = 20_000;
        double uniform = 0;
        double square = 0;
        double normal = 0;
        double normalSquare = 0;
        for (int i = 0; i < count; i++) {
            double u = random.uniform();
            assertThat(u).isGreaterThanOrEqualTo(0).isLessThan(1);
            uniform += u;
            square += u * u;
            double z = random.gaussian();
            normal += z;
            normalSquare += z * z;
        }
        assertThat(uniform / count).isCloseTo(0.5, within(0.01));
        assertThat(square / count).isCloseTo(1 / 3.0, within(0.01));
        assertThat(normal / count).isCloseTo(0, within(0.03));
        assertThat(normalSquare / count).isCloseTo(1, within(0.04));
        assertThat(random.uniformFloat()).isGreaterThanOrEqualTo(0).isLessThan(1);
    }

    @Test
    void bounded_numbers_fill_their_range_evenly() {
        CounterRandom random = random();
        int[] counts = new int[7];
        for (int i = 0; i < 7000; i++) {
            counts[random.nextInt(7)]++;
        }
        assertThat(IntStream.of(counts).boxed())
                .allSatisfy(count -> assertThat(count).isBetween(850, 1150));
    }

    @Test
    void shuffles_are_permutations_and_alike_for_arrays_and_lists() {
        int[] array = IntStream.range(0, 50).toArray();
        List<Integer> list = new ArrayList<>(IntStream.range(0, 50).boxed().toList());
        random().shuffle(array);
        random().shuffle(list);
        assertThat(list).containsExactlyElementsOf(IntStream.of(array).boxed().toList());
        assertThat(list)
                .doesNotHaveDuplicates()
                .hasSize(50)
                .isNotEqualTo(IntStream.range(0, 50).boxed().toList());
    }
}
