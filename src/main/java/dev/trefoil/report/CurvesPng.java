package dev.trefoil.report;

import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.lines.SeriesLines;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Draws the curves of a run as small charts on one PNG, in the order of the glossary. Needs no display. */
public final class CurvesPng {

    private static final int CHART_WIDTH = 440;
    private static final int CHART_HEIGHT = 280;
    private static final int TITLE_HEIGHT = 44;
    private static final int MOST_COLUMNS = 3;
    private static final int MARKED_POINTS = 40;
    private static final double OFF_GRID = 0.37;
    private static final double SMALL = 0.1;
    private static final MathContext TICK_DIGITS = new MathContext(6);
    private static final String EVALUATION = "eval_";
    private static final Color LINE = new Color(0x1f5fa8);
    private static final Color EVALUATION_LINE = new Color(0xd9661f);
    private static final Color GRID = new Color(0xe3e3e3);
    private static final Font TITLE = new Font(Font.SANS_SERIF, Font.BOLD, 20);
    private static final Font HEADING = new Font(Font.SANS_SERIF, Font.BOLD, 14);
    private static final Font TEXT = new Font(Font.SANS_SERIF, Font.PLAIN, 12);

    /** Points of one metric. */
    private record Curve(String name, List<Double> steps, List<Double> values) {

        Curve(String name) {
            this(name, new ArrayList<>(), new ArrayList<>());
        }
    }

    private CurvesPng() {}

    /**
     * Draws every metric that has at least two finite values; {@code eval_X} shares the chart of {@code X}.
     *
     * @param title the heading of the picture
     * @param metrics a metrics.jsonl
     * @param png the file to write
     * @return whether there was anything to draw; else no file is written
     * @throws IOException when a file cannot be read or written, or the machine cannot draw (no fonts)
     */
    public static boolean write(String title, Path metrics, Path png) throws IOException {
        Map<String, List<Curve>> charts = charts(MetricsLog.read(metrics));
        if (charts.isEmpty()) {
            return false;
        }
        PngFile.write(() -> draw(title, charts), png);
        return true;
    }

    private static Map<String, List<Curve>> charts(List<MetricsLog.Row> rows) {
        Map<String, Curve> curves = new TreeMap<>(Metrics.FILE_ORDER);
        for (MetricsLog.Row row : rows) {
            row.metrics().forEach((name, value) -> {
                if (Double.isFinite(value)) {
                    Curve curve = curves.computeIfAbsent(name, Curve::new);
                    curve.steps().add((double) row.step());
                    curve.values().add(value);
                }
            });
        }
        curves.values().removeIf(curve -> curve.values().size() < 2);
        Map<String, List<Curve>> charts = new LinkedHashMap<>();
        for (Curve curve : curves.values()) {
            String name = curve.name();
            String trained = name.startsWith(EVALUATION) ? name.substring(EVALUATION.length()) : name;
            String chart = curves.containsKey(trained) ? trained : name;
            charts.computeIfAbsent(chart, key -> new ArrayList<>()).add(curve);
        }
        return charts;
    }

    private static BufferedImage draw(String title, Map<String, List<Curve>> charts) {
        int columns = Math.min(MOST_COLUMNS, charts.size());
        int rows = (charts.size() + columns - 1) / columns;
        BufferedImage image = new BufferedImage(
                columns * CHART_WIDTH, TITLE_HEIGHT + rows * CHART_HEIGHT, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        try {
            graphics.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
            graphics.setColor(Color.WHITE);
            graphics.fillRect(0, 0, image.getWidth(), image.getHeight());
            graphics.setColor(Color.BLACK);
            graphics.setFont(TITLE);
            graphics.drawString(PrintableText.cut(title, columns * 36), 16, TITLE_HEIGHT - 14);
            int index = 0;
            for (Map.Entry<String, List<Curve>> entry : charts.entrySet()) {
                int x = index % columns * CHART_WIDTH;
                int y = TITLE_HEIGHT + index / columns * CHART_HEIGHT;
                Graphics2D cell = (Graphics2D) graphics.create(x, y, CHART_WIDTH, CHART_HEIGHT);
                chart(entry.getKey(), entry.getValue()).paint(cell, CHART_WIDTH, CHART_HEIGHT);
                cell.dispose();
                index++;
            }
        } finally {
            graphics.dispose();
        }
        return image;
    }

    private static XYChart chart(String name, List<Curve> curves) {
        String unit = Metrics.find(name).map(Metric::unit).orElse("1");
        XYChart chart = new XYChartBuilder()
                .width(CHART_WIDTH)
                .height(CHART_HEIGHT)
                .title(name)
                .xAxisTitle("step")
                .yAxisTitle(unit.equals("1") ? Metrics.label(name) : unit)
                .build();
        style(chart, curves.size() > 1);
        double scale = scale(curves);
        for (Curve curve : curves) {
            List<Double> values = curve.values().stream().map(v -> v * scale).toList();
            XYSeries series = chart.addSeries(curve.name(), curve.steps(), values);
            series.setMarker(curve.values().size() <= MARKED_POINTS ? SeriesMarkers.CIRCLE : SeriesMarkers.NONE);
            Color color = curves.size() > 1 && curve.name().startsWith(EVALUATION) ? EVALUATION_LINE : LINE;
            series.setMarkerColor(color);
            series.setLineColor(color);
            series.setLineWidth(1.6f);
        }
        addUnevenPoint(chart, curves, scale);
        chart.setCustomYAxisTickLabelsFormatter(value -> tick(value / scale));
        return chart;
    }

    /** Six digits at most, so that neighbouring ticks differ, and no trailing zeros. */
    private static String tick(double value) {
        BigDecimal rounded = new BigDecimal(value).round(TICK_DIGITS).stripTrailingZeros();
        boolean plain = value == 0 || (Math.abs(value) >= 1e-3 && Math.abs(value) < 1e6);
        return plain ? rounded.toPlainString() : powers(rounded);
    }

    private static String powers(BigDecimal value) {
        int power = value.precision() - value.scale() - 1;
        return value.scaleByPowerOfTen(-power).stripTrailingZeros().toPlainString() + "e" + power;
    }

    /** XChart takes all numbers below about 0.01, such as learning rates, for equally spaced: they are drawn as if between 1 and 10. */
    private static double scale(List<Curve> curves) {
        double largest = curves.stream()
                .flatMap(curve -> curve.values().stream())
                .mapToDouble(Math::abs)
                .max()
                .orElse(0);
        return largest > 0 && largest < SMALL ? Math.pow(10, -Math.floor(Math.log10(largest))) : 1;
    }

    /**
     * XChart labels every single value of an axis whose values are equally spaced, as steps are, and the labels run into each other. One
     * invisible point off that grid, within the range of the data, makes it choose round numbers at the wanted distance.
     */
    private static void addUnevenPoint(XYChart chart, List<Curve> curves, double scale) {
        List<Double> steps = sorted(curves.stream().flatMap(curve -> curve.steps().stream()));
        List<Double> values = sorted(curves.stream().flatMap(curve -> curve.values().stream()));
        XYSeries point = chart.addSeries("uneven point", List.of(offGrid(steps)), List.of(offGrid(values) * scale));
        point.setShowInLegend(false);
        point.setMarker(SeriesMarkers.NONE);
        point.setLineStyle(SeriesLines.NONE);
    }

    private static List<Double> sorted(Stream<Double> values) {
        return values.sorted().distinct().toList();
    }

    private static double offGrid(List<Double> sorted) {
        double first = sorted.get(0);
        return sorted.size() < 2 ? first : first + OFF_GRID * (sorted.get(1) - first);
    }

    private static void style(XYChart chart, boolean legend) {
        var styler = chart.getStyler();
        styler.setChartTitleFont(HEADING);
        styler.setChartTitleBoxVisible(false);
        styler.setAxisTitleFont(TEXT);
        styler.setAxisTickLabelsFont(TEXT);
        styler.setLegendFont(TEXT);
        styler.setLegendVisible(legend);
        styler.setLegendPosition(Styler.LegendPosition.InsideNE);
        styler.setChartBackgroundColor(Color.WHITE);
        styler.setPlotBackgroundColor(Color.WHITE);
        styler.setPlotBorderVisible(false);
        styler.setPlotGridLinesColor(GRID);
        styler.setMarkerSize(4);
        styler.setXAxisDecimalPattern("#");
        styler.setXAxisTickMarkSpacingHint(60);
        styler.setYAxisTickMarkSpacingHint(36);
        styler.setYAxisLeftWidthHint(70);
        styler.setToolTipsEnabled(false);
    }
}
