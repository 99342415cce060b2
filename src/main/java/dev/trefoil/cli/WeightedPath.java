package dev.trefoil.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * An adapter's folder, perhaps with what its change is multiplied by: {@code DIR} or {@code DIR=WEIGHT}.
 *
 * @param weight 1 where none is given
 */
record WeightedPath(Path path, double weight) {

    /** From the command line. */
    static final class Converter implements ITypeConverter<WeightedPath> {

        @Override
        public WeightedPath convert(String text) {
            int at = text.lastIndexOf('=');
            if (at < 0 || Files.exists(Path.of(text))) {
                return new WeightedPath(Path.of(text), 1);
            }
            try {
                double weight = Double.parseDouble(text.substring(at + 1));
                if (!Double.isFinite(weight)) {
                    throw new NumberFormatException();
                }
                return new WeightedPath(Path.of(text.substring(0, at)), weight);
            } catch (NumberFormatException noNumber) {
                throw new TypeConversionException(
                        "found '" + text.substring(at + 1) + "' behind '=', wanted a weight, such as 0.5");
            }
        }
    }
}
