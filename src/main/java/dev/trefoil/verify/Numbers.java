package dev.trefoil.verify;

import com.fasterxml.jackson.databind.JsonNode;
import dev.trefoil.UserError;

/** Numbers out of a case's JSON. */
final class Numbers {

    private Numbers() {}

    static double of(GoldenCase golden, JsonNode node) {
        if (!node.isNumber()) {
            throw UserError.data(golden.folder().resolve("case.json") + ": found "
                    + (node.isMissingNode() ? "nothing" : node.toString()) + ", wanted a number");
        }
        return node.asDouble();
    }

    static double[] list(GoldenCase golden, JsonNode node) {
        if (!node.isArray()) {
            throw UserError.data(golden.folder().resolve("case.json") + ": found "
                    + (node.isMissingNode() ? "nothing" : node.toString()) + ", wanted a list of numbers");
        }
        double[] result = new double[node.size()];
        for (int i = 0; i < result.length; i++) {
            result[i] = of(golden, node.get(i));
        }
        return result;
    }
}
