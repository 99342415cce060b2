package dev.trefoil.data;

import dev.trefoil.UserError;
import java.nio.file.Path;
import java.util.Locale;

/** Form of a data file; {@code AUTO} goes by the ending of its name. */
public enum Format {
    AUTO,
    /** One JSON object a line, or one JSON array of objects. */
    JSON,
    /** Comma-separated with a header line. */
    CSV,
    /** Tab-separated with a header line. */
    TSV,
    PARQUET;

    /** This form, or the one that the file's name tells when this is {@code AUTO}. */
    Format resolve(Path file) {
        if (this != AUTO) {
            return this;
        }
        String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
        String ending = name.substring(name.lastIndexOf('.') + 1);
        return switch (ending) {
            case "jsonl", "ndjson", "json" -> JSON;
            case "csv" -> CSV;
            case "tsv", "tab" -> TSV;
            case "parquet" -> PARQUET;
            default ->
                throw UserError.data(file + ": cannot tell the form of the data from the name; wanted an ending"
                        + " .jsonl, .json, .csv, .tsv or .parquet, or say `format: json|csv|tsv|parquet`");
        };
    }
}
