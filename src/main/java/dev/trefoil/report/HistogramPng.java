package dev.trefoil.report;

import java.awt.Color;
import java.awt.Font;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;

/** Draws a distribution as bars on a PNG. Needs no display. */
public final class HistogramPng {

    private static final int WIDTH = 900;
    private static final int HEIGHT = 420;
    private static final Color BELOW = new Color(0xc0392b);
    private static final Color ABOVE = new Color(0x1f5fa8);
    private static final Color GRID = new Color(0xe3e3e3);
    private static final Font TEXT = new Font(Font.SANS_SERIF, Font.PLAIN, 12);
    private static final Font HEADING = new Font(Font.SANS_SERIF, Font.BOLD, 16);

    private HistogramPng() {}

    /**
     * Draws the counts; bars whose middle is below zero are red, the others blue.
     *
     * @param title the heading of the picture
     * @param quantity what was counted, for the axis
     * @param edges of the bins, one more than counts, rising
     * @param counts in each bin
     * @throws IOException when the file cannot be written, or the machine cannot draw (no fonts)
     */
    public static void write(String title, String quantity, List<Double> edges, List<Integer> counts, Path png)
            throws IOException {
        if (edges.size() != counts.size() + 1) {
            throw new IllegalArgumentException(edges.size() + " edges for " + counts.size() + " bins");
        }
        PngFile.write(() -> BitmapEncoder.getBufferedImage(chart(title, quantity, edges, counts)), png);
    }

    private static CategoryChart chart(String title, String quantity, List<Double> edges, List<Integer> counts) {
        List<String> labels = new ArrayList<>();
        List<Integer> below = new ArrayList<>();
        List<Integer> above = new ArrayList<>();
        for (int i = 0; i < counts.size(); i++) {
            double middle = (edges.get(i) + edges.get(i + 1)) / 2;
            // Two bins with one label would be drawn as one.
            String label = String.format(Locale.ROOT, "%.3g", middle);
            labels.add(labels.contains(label) ? label + " ".repeat(i) : label);
            below.add(middle < 0 ? counts.get(i) : 0);
            above.add(middle < 0 ? 0 : counts.get(i));
        }
        CategoryChart chart = new CategoryChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .title(title)
                .xAxisTitle(quantity)
                .yAxisTitle("count")
                .build();
        style(chart);
        chart.addSeries("below zero", labels, below).setFillColor(BELOW);
        chart.addSeries("above zero", labels, above).setFillColor(ABOVE);
        return chart;
    }

    private static void style(CategoryChart chart) {
        var styler = chart.getStyler();
        styler.setOverlapped(true);
        styler.setAvailableSpaceFill(0.92);
        styler.setLegendVisible(false);
        styler.setChartTitleFont(HEADING);
        styler.setChartTitleBoxVisible(false);
        styler.setAxisTitleFont(TEXT);
        styler.setAxisTickLabelsFont(TEXT);
        styler.setChartBackgroundColor(Color.WHITE);
        styler.setPlotBackgroundColor(Color.WHITE);
        styler.setPlotBorderVisible(false);
        styler.setPlotGridLinesColor(GRID);
        styler.setPlotGridVerticalLinesVisible(false);
    }
}
