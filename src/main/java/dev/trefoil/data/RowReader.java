package dev.trefoil.data;

import java.util.Iterator;

/** Rows of one file, read as they are asked for; close it when done. Its errors are {@link dev.trefoil.UserError}s. */
public interface RowReader extends Iterator<Row>, AutoCloseable {
    @Override
    void close();
}
