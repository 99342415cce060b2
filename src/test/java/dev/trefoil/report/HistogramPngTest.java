package dev.trefoil.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HistogramPngTest {

    @TempDir
    Path folder;

    @Test
    void draws_bars_in_two_colours() throws IOException {
        Path png = folder.resolve("margins.png");
        HistogramPng.write("Margins", "margin", List.of(-2.0, -1.0, 0.0, 1.0), List.of(3, 5, 8), png);
        var image = ImageIO.read(png.toFile());
        int red = 0;
        int blue = 0;
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                int colour = image.getRGB(x, y) & 0xffffff;
                red += colour == 0xc0392b ? 1 : 0;
                blue += colour == 0x1f5fa8 ? 1 : 0;
            }
        }
        assertThat(red).isGreaterThan(5000);
        assertThat(blue).isGreaterThan(5000);
    }

    @Test
    void edges_must_fit_the_counts() {
        assertThatThrownBy(() -> HistogramPng.write("t", "q", List.of(0.0), List.of(1), folder.resolve("x.png")))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
