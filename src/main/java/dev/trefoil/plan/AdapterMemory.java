package dev.trefoil.plan;

/**
 * An adapter in memory.
 *
 * @param parameters numbers in it, heads included
 * @param packed numbers in its factors as the kernels take them: linears that share an input become one, with zeros in between
 * @param stateBytes optimiser state per trained parameter: 8 for Adam in float32, 2 for its 8-bit form; 0 for a frozen adapter
 * @param copies how many roles pack it into their compute copies
 */
public record AdapterMemory(String name, long parameters, long packed, double stateBytes, int copies) {

    private static final int FLOAT = 4;

    boolean trained() {
        return stateBytes > 0;
    }

    long values() {
        return parameters * FLOAT;
    }

    long gradients() {
        return trained() ? parameters * FLOAT : 0;
    }

    long state() {
        return Math.round(parameters * stateBytes);
    }

    long packed(int valueBytes) {
        return packed * valueBytes * copies;
    }
}
