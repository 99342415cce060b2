package dev.trefoil.report;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Supplier;
import javax.imageio.ImageIO;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** A picture in a file; no file begins before the picture is drawn. */
final class PngFile {

    private PngFile() {}

    /**
     * Draws and writes. A run that was asked to stop while it ended draws while the Java machine shuts down; a cache file of ImageIO's own would
     * be closed under its hands then, so what is encoded stays in memory.
     *
     * @throws IOException when the file cannot be written, or the machine cannot draw (no fonts)
     */
    static void write(Supplier<BufferedImage> drawing, Path png) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (MemoryCacheImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
            ImageIO.write(drawing.get(), "png", out);
        } catch (LinkageError | InternalError noFonts) {
            // A Java without its font libraries fails here; pictures are not worth losing a run.
            throw new IOException(
                    "cannot draw on this machine: " + noFonts.getMessage()
                            + "; install fontconfig and a font, or the full (not headless) Java",
                    noFonts);
        }
        Files.write(png, bytes.toByteArray());
    }
}
