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
    PARQUET,
    /** {@code <row A="..." B="..." />} elements, as in the dumps of Stack Exchange; each attribute is a column. */
    XML;

    /** Ending of compressed files; JSON Lines, CSV, TSV and XML may be. */
    static final String GZIP = ".gz";

    /** This form, or the one that the file's name tells when this is {@code AUTO}; a last {@code .gz} is passed over. */
    public Format resolve(Path file) {
        if (this != AUTO) {
            return this;
        }
        String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
        if (name.endsWith(GZIP)) {
            name = name.substring(0, name.length() - GZIP.length());
        }
        String ending = name.substring(name.lastIndexOf('.') + 1);
        return switch (ending) {
            case "jsonl", "ndjson", "json" -> JSON;
            case "csv" -> CSV;
            case "tsv", "tab" -> TSV;
            case "parquet" -> PARQUET;
            case "xml" -> XML;
            default ->
                throw UserError.data(file + ": cannot tell the form of the data from the name; wanted an ending"
                        + " .jsonl, .json, .csv, .tsv, .parquet or .xml, or say `format: json|csv|tsv|parquet|xml`");
        };
    }
}
