package dev.trefoil.stage.ppo;

import dev.trefoil.generate.Generated;
import dev.trefoil.generate.Generator;
import dev.trefoil.generate.SampleKey;
import dev.trefoil.generate.SamplingConfig;
import dev.trefoil.model.Role;
import dev.trefoil.reward.RewardSample;
import dev.trefoil.rl.CounterRandom;
import dev.trefoil.token.PromptRow;
import dev.trefoil.token.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Answers prompts and puts the answers into words. A sample depends on its key and prompt, not on how many are drawn at once. */
final class Rollouts {

    private final Tokenizer tokenizer;
    private final PpoSampling sampling;
    private final SamplingConfig config;
    private final int[] stops;
    private final int rowsAtOnce;

    /**
     * Responses with what a reward model needs. All [B].
     *
     * @param ended whether a response ended with the end token
     * @param samples prompt and response as texts, with the prompt's metadata and the response's tokens
     */
    record Answers(Sequences sequences, boolean[] ended, List<RewardSample> samples) {

        /** Those responses, in that order. */
        Answers rows(int... rows) {
            boolean[] chosen = new boolean[rows.length];
            for (int i = 0; i < rows.length; i++) {
                chosen[i] = ended[rows[i]];
            }
            return new Answers(
                    sequences.rows(rows),
                    chosen,
                    Arrays.stream(rows).mapToObj(samples::get).toList());
        }
    }

    Rollouts(Tokenizer tokenizer, PpoSampling sampling, int rowsAtOnce) {
        this.tokenizer = tokenizer;
        this.sampling = sampling;
        this.config = sampling.config();
        this.stops = sampling.stop() == PpoSampling.Stop.EOS ? new int[] {tokenizer.eos()} : new int[0];
        this.rowsAtOnce = rowsAtOnce;
    }

    Answers answer(Role role, List<PromptRow> prompts, SampleKey key) {
        List<int[]> ids = prompts.stream().map(PromptRow::ids).toList();
        List<Generated> generated = Generator.generate(role, ids, config, stops, key, rowsAtOnce);
        List<int[]> responses = new ArrayList<>();
        List<RewardSample> samples = new ArrayList<>();
        boolean[] ended = new boolean[ids.size()];
        for (int i = 0; i < ids.size(); i++) {
            int[] tokens = generated.get(i).tokens();
            // Sampling goes from left to right, so a shorter limit is the same as cutting.
            int limit = limit(key, i);
            ended[i] = generated.get(i).ended() && tokens.length <= limit;
            int[] response = tokens.length <= limit ? tokens : Arrays.copyOf(tokens, limit);
            responses.add(response);
            samples.add(sample(prompts.get(i), response));
        }
        return new Answers(new Sequences(ids, responses), ended, samples);
    }

    private int limit(SampleKey key, int prompt) {
        int most = sampling.maxNewTokens();
        if (sampling.drawLengthFrom() == null) {
            return most;
        }
        int spread = most - sampling.drawLengthFrom() + 1;
        return sampling.drawLengthFrom()
                + CounterRandom.of(key.seed(), key.stage(), key.step(), key.firstSample() + prompt, "length")
                        .nextInt(spread);
    }

    private RewardSample sample(PromptRow prompt, int[] response) {
        List<String> pieces = Arrays.stream(response)
                .mapToObj(id -> tokenizer.decode(new int[] {id}, false))
                .toList();
        Map<String, Object> metadata = new LinkedHashMap<>(prompt.metadata());
        metadata.put(RewardSample.RESPONSE_TOKENS, pieces);
        return new RewardSample(prompt.text(), prompt.responseText(tokenizer, response), metadata);
    }
}
