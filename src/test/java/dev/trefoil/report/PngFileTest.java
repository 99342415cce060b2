package dev.trefoil.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pictures of a run that ends while it is asked to. */
class PngFileTest {

    @TempDir
    private Path folder;

    /** Draws while the Java machine shuts down. */
    public static void main(String[] arguments) {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            try {
                PngFile.write(() -> new BufferedImage(8, 5, BufferedImage.TYPE_INT_RGB), Path.of(arguments[0]));
            } catch (IOException failed) {
                throw new UncheckedIOException(failed);
            }
        }));
    }

    @Test
    void a_picture_is_drawn_while_the_process_shuts_down() throws IOException, InterruptedException {
        Path png = folder.resolve("late.png");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Djava.awt.headless=true",
                        "-cp",
                        System.getProperty("java.class.path"),
                        PngFileTest.class.getName(),
                        png.toString())
                .inheritIO()
                .start();
        assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
        assertThat(ImageIO.read(png.toFile()).getWidth()).isEqualTo(8);
    }
}
