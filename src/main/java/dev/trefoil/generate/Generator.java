package dev.trefoil.generate;

import dev.trefoil.UserError;
import dev.trefoil.model.Decoded;
import dev.trefoil.model.Role;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Draws responses of a role, batch by batch; a batch is one call of the decoding kernel. */
public final class Generator {

    /** Behind a row's end; never fed to the model as a real token. */
    private static final int PAD = 0;

    private Generator() {}

    /**
     * @param prompts token ids, each at least one
     * @param stopIds ids that end a response; empty to never stop
     * @param batchRows prompts of one call at most
     * @return one response a prompt, in the prompts' order
     * @throws UserError when a prompt is empty or leaves no room in the context
     */
    public static List<Generated> generate(
            Role role, List<int[]> prompts, SamplingConfig sampling, int[] stopIds, SampleKey key, int batchRows) {
        check(role, prompts, sampling);
        List<Generated> found = new ArrayList<>(prompts.size());
        for (int from = 0; from < prompts.size(); from += batchRows) {
            int to = Math.min(from + batchRows, prompts.size());
            found.addAll(batch(role, prompts.subList(from, to), sampling, stopIds, key, from));
        }
        return found;
    }

    private static void check(Role role, List<int[]> prompts, SamplingConfig sampling) {
        int context = role.base().config().shape().contextLength();
        for (int i = 0; i < prompts.size(); i++) {
            int length = prompts.get(i).length;
            if (length == 0) {
                throw UserError.data("prompt " + (i + 1) + " has no token; wanted at least one");
            }
            if (length + sampling.maxNewTokens() > context) {
                throw UserError.data("prompt " + (i + 1) + ": " + length + " tokens and " + sampling.maxNewTokens()
                        + " new ones exceed the model's context of " + context
                        + "; shorten the prompt or max_new_tokens");
            }
        }
    }

    private static List<Generated> batch(
            Role role, List<int[]> prompts, SamplingConfig sampling, int[] stopIds, SampleKey key, int first) {
        int rows = prompts.size();
        int steps = sampling.maxNewTokens();
        int columns = prompts.stream().mapToInt(prompt -> prompt.length).max().orElse(0);
        int[] ids = new int[rows * columns];
        int[] lengths = new int[rows];
        float[] uniforms = new float[rows * steps];
        Arrays.fill(ids, PAD);
        for (int row = 0; row < rows; row++) {
            int[] prompt = prompts.get(row);
            lengths[row] = prompt.length;
            System.arraycopy(prompt, 0, ids, (row + 1) * columns - prompt.length, prompt.length);
            key.fill(first + row, uniforms, row * steps, steps);
        }
        return responses(role.decode(ids, lengths, uniforms, sampling.options(PAD), stopIds), stopIds);
    }

    private static List<Generated> responses(Decoded decoded, int[] stopIds) {
        List<Generated> found = new ArrayList<>();
        for (int row = 0; row < decoded.counts().length; row++) {
            int count = (int) decoded.counts()[row];
            int from = row * decoded.steps();
            int[] tokens = new int[count];
            for (int i = 0; i < count; i++) {
                tokens[i] = (int) decoded.tokens()[from + i];
            }
            int last = tokens[count - 1];
            boolean ended = Arrays.stream(stopIds).anyMatch(stop -> stop == last);
            found.add(new Generated(tokens, Arrays.copyOfRange(decoded.logProbs(), from, from + count), ended));
        }
        return found;
    }
}
