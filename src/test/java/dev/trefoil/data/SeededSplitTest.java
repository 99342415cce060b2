package dev.trefoil.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SeededSplitTest {

    @TempDir
    Path folder;

    private static SeededSplit split(long seed) {
        Map<String, Double> shares = new LinkedHashMap<>();
        shares.put("train", 0.8);
        shares.put("test", 0.2);
        return new SeededSplit(seed, shares);
    }

    @Test
    void shares_are_met_and_a_key_stays_where_it_is() {
        int keys = 5000;
        long test = IntStream.range(0, keys)
                .filter(i -> split(1).part("key " + i).equals("test"))
                .count();
        // five standard errors of a share of 0.2
        assertThat(test / (double) keys).isBetween(0.2 - 0.029, 0.2 + 0.029);
        assertThat(split(1).part("key 7")).isEqualTo(split(1).part("key 7"));
        assertThat(IntStream.range(0, 100)
                        .filter(i -> !split(1).part("key " + i).equals(split(2).part("key " + i))))
                .isNotEmpty();
    }

    @Test
    void shares_must_be_one_in_sum() {
        assertThatThrownBy(() -> new SeededSplit(1, Map.of("a", 0.5, "b", 0.6))).hasMessageContaining("1 in sum");
        assertThatThrownBy(() -> new SeededSplit(1, Map.of("a", 1.0, "b", 0.0))).hasMessageContaining("above 0");
    }

    @Test
    void pairs_have_unequal_scores_and_are_drawn_by_key_and_seed() {
        List<Integer> scores = List.of(3, 1, 1, 2);
        assertThat(ScoredPairs.of(scores, Integer::doubleValue, 10, 1, "q"))
                .extracting(pair -> pair.better() + ">" + pair.worse())
                .containsExactly("3>1", "3>1", "3>2", "2>1", "2>1");
        List<Integer> many = IntStream.range(0, 20).boxed().toList();
        List<ScoredPairs.Pair<Integer>> drawn = ScoredPairs.of(many, Integer::doubleValue, 10, 1, "q");
        assertThat(drawn).hasSize(10).doesNotHaveDuplicates().allMatch(pair -> pair.better() > pair.worse());
        assertThat(ScoredPairs.of(many, Integer::doubleValue, 10, 1, "q")).isEqualTo(drawn);
        assertThat(ScoredPairs.of(many, Integer::doubleValue, 10, 2, "q")).isNotEqualTo(drawn);
        assertThat(ScoredPairs.of(many, Integer::doubleValue, 10, 1, "r")).isNotEqualTo(drawn);
    }

    @Test
    void the_sort_on_the_disk_orders_by_key_number_and_arrival_and_leaves_nothing() {
        List<String> order = new ArrayList<>();
        try (DiskSort sort = DiskSort.open(folder.resolve("x"), "64MB")) {
            sort.add("b", 1, Map.of("v", 1));
            sort.add("a", 5, Map.of("v", 2));
            sort.add("a", -1, Map.of("v", List.of(3)));
            sort.add("a", 5, Map.of("v", 4));
            sort.sorted((key, number, row) -> order.add(key + number + row));
        }
        assertThat(order).containsExactly("a-1{v=[3]}", "a5{v=2}", "a5{v=4}", "b1{v=1}");
        assertThat(folder).isEmptyDirectory();
    }
}
