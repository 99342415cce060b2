package dev.trefoil.report.page;

import dev.trefoil.report.Rounded;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Draws curves over steps. */
final class CurveDrawing {

    private static final int TICKS_ACROSS = 5;
    private static final int TICKS_UP = 4;
    private static final int DOTTED = 12;
    private static final int SMOOTHED_FROM = 40;
    private static final int SMOOTHING_PARTS = 15;
    private static final int MOST_POINTS = 400;
    private static final double NEAR_ZERO = 0.25;

    private CurveDrawing() {}

    /**
     * The points of one curve.
     *
     * @param style class of its colour
     * @param steps rising
     * @param values finite
     */
    record Curve(String label, String style, List<Double> steps, List<Double> values) {}

    /**
     * A value worth a line across, such as that of chance.
     *
     * @param label beside the line
     */
    record Level(double value, String label) {}

    /**
     * Draws curves that have points.
     *
     * @param levels drawn where they lie within the range of the curves, or near it
     */
    static Chart draw(String title, String meaning, List<Curve> curves, List<Level> levels) {
        List<Double> all =
                curves.stream().flatMap(curve -> curve.values().stream()).toList();
        double least = all.stream().mapToDouble(Double::doubleValue).min().orElseThrow();
        double most = all.stream().mapToDouble(Double::doubleValue).max().orElseThrow();
        // A curve that comes near 0 is easier to judge with 0 in sight.
        boolean nearZero = least >= 0 && least < most * NEAR_ZERO;
        Axis up = nearZero ? Axis.exact(0, most * (1 + NEAR_ZERO / 5), TICKS_UP) : Axis.around(least, most, TICKS_UP);
        double first = steps(curves).mapToDouble(Double::doubleValue).min().orElseThrow();
        double last = steps(curves).mapToDouble(Double::doubleValue).max().orElseThrow();
        Axis across = Axis.steps(first, last, TICKS_ACROSS);
        List<Chart.Line> lines = new ArrayList<>();
        curves.forEach(curve -> lines.addAll(lines(curve, across, up)));
        return new Chart(
                title,
                meaning,
                "step",
                latest(curves),
                Chart.WIDTH,
                Chart.HEIGHT,
                across.ticks().stream()
                        .map(tick -> new Chart.Tick(Chart.place(x(across, tick)), across.label(tick)))
                        .toList(),
                up.ticks().stream()
                        .map(tick -> new Chart.Tick(Chart.place(y(up, tick)), up.label(tick)))
                        .toList(),
                levels.stream()
                        .filter(level -> level.value() > up.low() && level.value() < up.high())
                        .map(level -> across(y(up, level.value()), level.label()))
                        .toList(),
                lines,
                List.of(),
                curves.size() < 2
                        ? List.of()
                        : curves.stream()
                                .map(curve -> new Chart.Key(curve.style(), curve.label()))
                                .toList());
    }

    private static Stream<Double> steps(List<Curve> curves) {
        return curves.stream().flatMap(curve -> curve.steps().stream());
    }

    private static Chart.Mark across(double y, String label) {
        return new Chart.Mark(Chart.place(Chart.LEFT), Chart.place(y), Chart.place(Chart.RIGHT), Chart.place(y), label);
    }

    private static double x(Axis axis, double step) {
        return axis.at(step, Chart.LEFT, Chart.RIGHT);
    }

    private static double y(Axis axis, double value) {
        return axis.at(value, Chart.BOTTOM, Chart.TOP);
    }

    private static String latest(List<Curve> curves) {
        StringBuilder text = new StringBuilder();
        for (Curve curve : curves) {
            int last = curve.values().size() - 1;
            text.append(text.length() == 0 ? "" : "; ")
                    .append(curve.label())
                    .append(": ")
                    .append(last == 0 ? "" : Rounded.of(curve.values().get(0)) + " to ")
                    .append(Rounded.of(curve.values().get(last)));
        }
        return text.toString();
    }

    /** Many noisy points stand faint behind their moving mean. */
    private static List<Chart.Line> lines(Curve curve, Axis across, Axis up) {
        Curve shown = thinned(curve);
        int points = curve.values().size();
        if (points < SMOOTHED_FROM) {
            return List.of(line(shown, false, across, up));
        }
        return List.of(line(shown, true, across, up), line(thinned(smoothed(curve)), false, across, up));
    }

    private static Chart.Line line(Curve curve, boolean faint, Axis across, Axis up) {
        StringBuilder path = new StringBuilder();
        List<Chart.Dot> dots = new ArrayList<>();
        int points = curve.values().size();
        for (int i = 0; i < points; i++) {
            String x = Chart.place(x(across, curve.steps().get(i)));
            String y = Chart.place(y(up, curve.values().get(i)));
            path.append(i == 0 ? "M" : "L").append(x).append(' ').append(y);
            if (points <= DOTTED) {
                String title = "step " + Math.round(curve.steps().get(i)) + ": "
                        + Rounded.of(curve.values().get(i));
                dots.add(new Chart.Dot(x, y, "2.5", title));
            }
        }
        return new Chart.Line(curve.style(), faint, points < 2 ? "" : path.toString(), dots);
    }

    /** Mean over a window of points around each. */
    private static Curve smoothed(Curve curve) {
        int points = curve.values().size();
        int reach = Math.max(1, points / SMOOTHING_PARTS / 2);
        List<Double> means = new ArrayList<>();
        for (int i = 0; i < points; i++) {
            // A window of equal reach on both sides: a lopsided one at the ends would bend the curve.
            int side = Math.min(reach, Math.min(i, points - 1 - i));
            means.add(curve.values().subList(i - side, i + side + 1).stream()
                    .mapToDouble(Double::doubleValue)
                    .average()
                    .orElseThrow());
        }
        return new Curve(curve.label(), curve.style(), curve.steps(), means);
    }

    /** Of a long curve, the smallest and the largest value of each stretch. */
    private static Curve thinned(Curve curve) {
        int points = curve.values().size();
        if (points <= MOST_POINTS) {
            return curve;
        }
        List<Double> steps = new ArrayList<>();
        List<Double> values = new ArrayList<>();
        int stretches = MOST_POINTS / 2;
        for (int part = 0; part < stretches; part++) {
            int from = (int) ((long) points * part / stretches);
            int to = (int) ((long) points * (part + 1) / stretches);
            int low = from;
            int high = from;
            for (int i = from; i < to; i++) {
                low = curve.values().get(i) < curve.values().get(low) ? i : low;
                high = curve.values().get(i) > curve.values().get(high) ? i : high;
            }
            for (int i : low == high ? new int[] {low} : new int[] {Math.min(low, high), Math.max(low, high)}) {
                steps.add(curve.steps().get(i));
                values.add(curve.values().get(i));
            }
        }
        return new Curve(curve.label(), curve.style(), steps, values);
    }
}
