package dev.trefoil.report.page;

import com.fasterxml.jackson.databind.JsonNode;
import dev.trefoil.report.Rounded;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Draws what evaluation.json of a reward model holds: the margins and the calibration. */
final class RewardDrawing {

    private static final int TICKS_ACROSS = 5;
    private static final int TICKS_UP = 4;
    private static final double LEAST_CONFIDENCE = 0.5;
    private static final double LARGEST_DOT = 9;
    private static final double SMALLEST_DOT = 2.5;
    private static final double GAP = 0.5;

    private RewardDrawing() {}

    /** Whether an evaluation has pairs by margin, with an edge on both sides of each, and finite numbers throughout. */
    static boolean canDraw(JsonNode evaluation) {
        JsonNode edges = evaluation.path("margin").path("edges");
        JsonNode counts = evaluation.path("margin").path("counts");
        return !counts.isEmpty()
                && edges.size() == counts.size() + 1
                && areNumbers(edges)
                && areNumbers(counts)
                && areNumbers(evaluation.path("calibration").path("bins").findValues("accuracy"))
                && areNumbers(evaluation.path("calibration").path("bins").findValues("confidence"));
    }

    private static boolean areNumbers(Iterable<JsonNode> values) {
        for (JsonNode value : values) {
            if (!value.isNumber() || !Double.isFinite(value.asDouble())) {
                return false;
            }
        }
        return true;
    }

    /** Pairs by margin; those in the wrong order in another colour. */
    static Chart margins(JsonNode evaluation) {
        JsonNode edges = evaluation.path("margin").path("edges");
        JsonNode counts = evaluation.path("margin").path("counts");
        double first = edges.get(0).asDouble();
        double last = edges.get(edges.size() - 1).asDouble();
        int most = 0;
        for (JsonNode count : counts) {
            most = Math.max(most, count.asInt());
        }
        Axis across = last > first ? Axis.exact(first, last, TICKS_ACROSS) : Axis.around(first, first, TICKS_ACROSS);
        Axis up = Axis.exact(0, most, TICKS_UP);
        List<Chart.Bar> bars = new ArrayList<>();
        for (int i = 0; i < counts.size(); i++) {
            double from = edges.get(i).asDouble();
            double to = edges.get(i + 1).asDouble();
            double left = last > first ? x(across, from) + GAP : Chart.LEFT + (Chart.RIGHT - Chart.LEFT) / 3;
            double width = last > first ? x(across, to) - left - GAP : (Chart.RIGHT - Chart.LEFT) / 3;
            double top = y(up, counts.get(i).asInt());
            bars.add(new Chart.Bar(
                    Chart.place(left),
                    Chart.place(top),
                    Chart.place(Math.max(1, width)),
                    Chart.place(Chart.BOTTOM - top),
                    (from + to) / 2 < 0 ? "s1" : "s0",
                    Rounded.of(from) + " to " + Rounded.of(to) + ": "
                            + counts.get(i).asInt() + " pairs"));
        }
        boolean zero = first < 0 && last > 0;
        List<Chart.Mark> marks = zero
                ? List.of(new Chart.Mark(
                        Chart.place(x(across, 0)),
                        Chart.place(Chart.TOP),
                        Chart.place(x(across, 0)),
                        Chart.place(Chart.BOTTOM),
                        ""))
                : List.of();
        return chart(
                "Held-out pairs by margin",
                "Score of the chosen text minus score of the rejected one; left of 0 the order is wrong.",
                "margin",
                "mean margin "
                        + Rounded.of(evaluation.path("margin").path("mean").asDouble()),
                across,
                up,
                marks,
                List.of(),
                bars);
    }

    /** Confidence against the share that is right; on the diagonal a model knows how sure it may be. */
    static Chart calibration(JsonNode evaluation) {
        Axis across = Axis.exact(LEAST_CONFIDENCE, 1, TICKS_ACROSS);
        JsonNode bins = evaluation.path("calibration").path("bins");
        double least = LEAST_CONFIDENCE;
        int most = 1;
        for (JsonNode bin : bins) {
            least = Math.min(least, bin.path("accuracy").asDouble());
            most = Math.max(most, bin.path("pairs").asInt());
        }
        Axis up = Axis.exact(least, 1, TICKS_UP);
        StringBuilder path = new StringBuilder();
        List<Chart.Dot> dots = new ArrayList<>();
        for (JsonNode bin : bins) {
            double accuracy = bin.path("accuracy").asDouble();
            double confidence = bin.path("confidence").asDouble();
            int pairs = bin.path("pairs").asInt();
            String x = Chart.place(x(across, confidence));
            String y = Chart.place(y(up, accuracy));
            path.append(path.length() == 0 ? "M" : "L").append(x).append(' ').append(y);
            // The area is the number of pairs.
            double radius = Math.max(SMALLEST_DOT, LARGEST_DOT * Math.sqrt((double) pairs / most));
            String title =
                    String.format(Locale.ROOT, "confidence %.2f, right %.2f, %d pairs", confidence, accuracy, pairs);
            dots.add(new Chart.Dot(x, y, Chart.place(radius), title));
        }
        Chart.Mark diagonal = new Chart.Mark(
                Chart.place(x(across, LEAST_CONFIDENCE)),
                Chart.place(y(up, LEAST_CONFIDENCE)),
                Chart.place(x(across, 1)),
                Chart.place(y(up, 1)),
                "");
        return chart(
                "Calibration",
                "Share of pairs in the right order by the confidence sigmoid(|margin|); dots on the diagonal are honest, their area"
                        + " is the number of pairs.",
                "confidence",
                "calibration error "
                        + Rounded.of(evaluation.path("calibration").path("ece").asDouble()),
                across,
                up,
                List.of(diagonal),
                List.of(new Chart.Line("s0", false, path.toString(), dots)),
                List.of());
    }

    private static double x(Axis axis, double value) {
        return axis.at(value, Chart.LEFT, Chart.RIGHT);
    }

    private static double y(Axis axis, double value) {
        return axis.at(value, Chart.BOTTOM, Chart.TOP);
    }

    private static Chart chart(
            String title,
            String meaning,
            String xTitle,
            String latest,
            Axis across,
            Axis up,
            List<Chart.Mark> marks,
            List<Chart.Line> lines,
            List<Chart.Bar> bars) {
        return new Chart(
                title,
                meaning,
                xTitle,
                latest,
                Chart.WIDTH,
                Chart.HEIGHT,
                across.ticks().stream()
                        .map(tick -> new Chart.Tick(Chart.place(x(across, tick)), across.label(tick)))
                        .toList(),
                up.ticks().stream()
                        .map(tick -> new Chart.Tick(Chart.place(y(up, tick)), up.label(tick)))
                        .toList(),
                marks,
                lines,
                bars,
                List.of());
    }
}
