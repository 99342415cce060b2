package dev.trefoil.verify;

import com.fasterxml.jackson.databind.JsonNode;
import dev.trefoil.kernel.Arithmetic;
import dev.trefoil.kernel.KernelConstants;
import dev.trefoil.kernel.KernelScope;
import dev.trefoil.kernel.Kernels;

/** {@code sampling}: what temperature, top-k, top-p, min-p and repetition penalty do to a distribution. */
final class SamplingCase implements CaseCheck {

    @Override
    public void check(GoldenCase golden, Deviations deviations) {
        JsonNode options = golden.config().path("options");
        try (Kernels kernels = Kernels.load(KernelConstants.productsOnly(Arithmetic.fp32()))) {
            for (int i = 0; i < options.size(); i++) {
                deviations.compare("probs." + i, probabilities(golden, kernels, options.get(i)));
            }
        }
    }

    private static float[] probabilities(GoldenCase golden, Kernels kernels, JsonNode option) {
        float[] numbers = {
            (float) option.path("temperature").asDouble(1),
            (float) option.path("top_k").asDouble(0),
            (float) option.path("top_p").asDouble(1),
            (float) option.path("min_p").asDouble(0),
            (float) option.path("repetition_penalty").asDouble(1)
        };
        try (KernelScope scope = kernels.root().inner()) {
            return kernels.samplingProbabilities(
                    scope,
                    scope.floats(golden.floats("in.logits"), golden.shape("in.logits")),
                    scope.longs(golden.longs("in.context_ids"), golden.shape("in.context_ids")),
                    scope.floats(numbers, numbers.length));
        }
    }
}
