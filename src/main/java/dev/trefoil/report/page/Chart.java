package dev.trefoil.report.page;

import java.util.List;
import java.util.Locale;

/**
 * A drawing as the template takes it: all places are coordinates of the SVG's viewBox, all texts final.
 *
 * @param title what is drawn
 * @param meaning one sentence on it, or an empty text
 * @param xTitle under the drawing
 * @param latest the last values in words, for who does not see the drawing
 * @param width of the viewBox
 * @param height of the viewBox
 * @param xTicks labels below, at their x
 * @param yTicks labels at the left, at their y, with a line across
 * @param marks other lines across or along, with a text
 * @param lines curves
 * @param bars of a histogram
 * @param legend names of the curves when there is more than one
 */
record Chart(
        String title,
        String meaning,
        String xTitle,
        String latest,
        int width,
        int height,
        List<Tick> xTicks,
        List<Tick> yTicks,
        List<Mark> marks,
        List<Line> lines,
        List<Bar> bars,
        List<Key> legend) {

    static final int WIDTH = 360;
    static final int HEIGHT = 210;
    static final double LEFT = 46;
    static final double RIGHT = WIDTH - 10;
    static final double TOP = 10;
    static final double BOTTOM = HEIGHT - 34;

    /** A label. */
    record Tick(String at, String label) {}

    /** A dashed line from one point to another, with a text at its end. */
    record Mark(String x1, String y1, String x2, String y2, String label) {}

    /**
     * A curve.
     *
     * @param style class of its colour, s0 to s7
     * @param faint whether it stands behind a smoothed one
     * @param path of the SVG, empty when there are dots only
     */
    record Line(String style, boolean faint, String path, List<Dot> dots) {}

    /** A point that is shown as such, with a text that a pointer shows. */
    record Dot(String x, String y, String r, String title) {}

    /** A bar. */
    record Bar(String x, String y, String width, String height, String style, String title) {}

    /** An entry of the legend. */
    record Key(String style, String label) {}

    /** A coordinate; a tenth of a unit is less than anybody sees. */
    static String place(double coordinate) {
        String text = String.format(Locale.ROOT, "%.1f", coordinate);
        return text.endsWith(".0") ? text.substring(0, text.length() - 2) : text;
    }
}
