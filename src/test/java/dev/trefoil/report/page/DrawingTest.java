package dev.trefoil.report.page;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DrawingTest {

    private static List<String> labels(Axis axis) {
        return axis.ticks().stream().map(axis::label).toList();
    }

    @ParameterizedTest
    @CsvSource({"0,1", "-3,7", "0,0.0003", "3.61,3.86", "1000000,5000000", "0.5,0.5", "0,0", "-1e-9,1e-9", "12345,12346"
    })
    void ticks_are_round_few_and_told_apart(double least, double most) {
        Axis axis = Axis.around(least, most, 4);
        assertThat(axis.ticks()).hasSizeBetween(3, 9).allMatch(tick -> tick >= axis.low() && tick <= axis.high());
        assertThat(labels(axis)).doesNotHaveDuplicates().allMatch(label -> label.length() <= 8);
    }

    /** Whatever a file of metrics holds, the ticks come to an end. */
    @ParameterizedTest
    @CsvSource({
        "0,0",
        "-1e308,1e308",
        "1e308,1e308",
        "-Infinity,1",
        "0,Infinity",
        "0,5e-324",
        "1,1.0000000000000002",
        "5,-5",
        "9e18,9.1e18"
    })
    void an_axis_ends_whatever_its_ends(double low, double high) {
        for (Axis axis : List.of(Axis.exact(low, high, 4), Axis.around(low, high, 4))) {
            assertThat(axis.ticks()).hasSizeBetween(1, 20);
            assertThat(labels(axis)).doesNotContain("NaN");
            assertThat(axis.high()).isGreaterThan(axis.low());
        }
    }

    @Test
    void steps_that_are_too_large_to_be_told_apart_are_one() {
        Axis axis = Axis.steps(9.223372036854775e18, 9.223372036854777e18, 5);
        assertThat(axis.ticks()).hasSize(1);
    }

    @Test
    void labels_have_the_digits_that_they_need() {
        assertThat(labels(Axis.exact(0, 3e-4, 3))).containsExactly("0", "1e-4", "2e-4", "3e-4");
        assertThat(labels(Axis.exact(0, 1, 4))).containsExactly("0", "0.5", "1");
        assertThat(labels(Axis.exact(0, 200_000, 4))).containsExactly("0", "50k", "100k", "150k", "200k");
        assertThat(labels(Axis.steps(0, 3, 5))).containsExactly("0", "1", "2", "3");
    }

    @Test
    void places_lie_within_the_drawing_whatever_is_drawn() {
        List<Double> steps = IntStream.range(0, 5000).mapToObj(i -> (double) i).toList();
        List<Double> values =
                DoubleStream.iterate(1, v -> -v * 1.001).limit(5000).boxed().toList();
        Chart chart = CurveDrawing.draw("t", "", List.of(new CurveDrawing.Curve("c", "s0", steps, values)), List.of());
        assertThat(chart.lines()).hasSize(2);
        for (Chart.Line line : chart.lines()) {
            String[] points = line.path().substring(1).split("L");
            assertThat(points).hasSizeBetween(100, 400);
            for (String point : points) {
                String[] place = point.split(" ");
                assertThat(Double.parseDouble(place[0])).isBetween(Chart.LEFT, Chart.RIGHT);
                assertThat(Double.parseDouble(place[1])).isBetween(Chart.TOP, Chart.BOTTOM);
            }
        }
    }

    @Test
    void margins_and_calibration_are_drawn_from_an_evaluation() throws IOException {
        JsonNode evaluation = JsonMapper.builder().build().readTree("""
                {"margin": {"mean": 0.5, "edges": [-1, 0, 1], "counts": [3, 9]},
                 "calibration": {"ece": 0.1, "bins": [
                   {"pairs": 4, "confidence": 0.55, "accuracy": 0.25}, {"pairs": 8, "confidence": 0.9, "accuracy": 1.0}]}}
                """);
        Chart margins = RewardDrawing.margins(evaluation);
        assertThat(margins.bars()).extracting(Chart.Bar::style).containsExactly("s1", "s0");
        double low = Double.parseDouble(margins.bars().get(0).height());
        double high = Double.parseDouble(margins.bars().get(1).height());
        assertThat(high / low).isBetween(2.9, 3.1);
        Chart calibration = RewardDrawing.calibration(evaluation);
        assertThat(calibration.lines().get(0).dots()).hasSize(2);
        assertThat(calibration.yTicks()).extracting(Chart.Tick::label).contains("1");
    }
}
