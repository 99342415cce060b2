package dev.trefoil.plan;

/**
 * A batch that goes through the model at once.
 *
 * @param rows texts, or rows of packed texts
 * @param columns tokens of the longest row
 */
public record PassShape(int rows, int columns) {

    public PassShape {
        if (rows < 1 || columns < 1) {
            throw new IllegalArgumentException("rows and columns must be at least 1, were " + rows + " and " + columns);
        }
    }

    long tokens() {
        return (long) rows * columns;
    }
}
