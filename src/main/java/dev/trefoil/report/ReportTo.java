package dev.trefoil.report;

/** Where metrics go beside metrics.jsonl and the console. */
public enum ReportTo {
    /** Event files that TensorBoard reads: RUN/tensorboard/STAGE. */
    TENSORBOARD,
    /** A table with a column a metric: RUN/csv/STAGE.csv. */
    CSV
}
