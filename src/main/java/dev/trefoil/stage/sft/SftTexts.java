package dev.trefoil.stage.sft;

import dev.trefoil.adapter.AdapterStack;
import dev.trefoil.data.ChatSample;
import dev.trefoil.data.Sample;
import dev.trefoil.generate.Generated;
import dev.trefoil.generate.Generator;
import dev.trefoil.generate.SampleKey;
import dev.trefoil.generate.SamplingConfig;
import dev.trefoil.model.Role;
import dev.trefoil.model.SharedBase;
import dev.trefoil.token.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Sample texts: what the base and the tuned model write from the same prompts and the same random numbers. */
final class SftTexts {

    /** One prompt with its two responses. */
    record Text(String prompt, String before, String after) {}

    private SftTexts() {}

    static List<Text> write(Role tuned, SftConfig config, List<? extends Sample> samples) {
        SharedBase base = tuned.base();
        Tokenizer tokenizer = base.tokenizer();
        int room = base.config().shape().contextLength() - config.eval().sampleTokens();
        List<int[]> prompts = new ArrayList<>();
        for (Sample sample : samples) {
            int[] prompt = prompt(tokenizer, sample, config.eval().samplePromptTokens());
            if (prompts.size() < config.eval().samples() && prompt.length > 0 && prompt.length <= room) {
                prompts.add(prompt);
            }
        }
        if (prompts.isEmpty()) {
            return List.of();
        }
        List<Generated> after = generate(tuned, config, prompts);
        List<Generated> before;
        AdapterStack bare = AdapterStack.empty(base.sites());
        try (Role untuned = Role.of(base, bare)) {
            before = generate(untuned, config, prompts);
        }
        List<Text> texts = new ArrayList<>();
        for (int i = 0; i < prompts.size(); i++) {
            texts.add(new Text(
                    tokenizer.decode(prompts.get(i), true),
                    tokenizer.decode(before.get(i).tokens(), true),
                    tokenizer.decode(after.get(i).tokens(), true)));
        }
        return texts;
    }

    /** A completion's whole prompt, or the beginning of a text. */
    private static int[] prompt(Tokenizer tokenizer, Sample sample, int tokens) {
        String prompt = SftData.prompt(sample);
        boolean plain = !(sample instanceof ChatSample);
        if (!prompt.isEmpty()) {
            return tokenizer.encode(prompt, plain).ids();
        }
        int[] ids = tokenizer.encode(SftData.response(sample), plain).ids();
        return Arrays.copyOf(ids, Math.min(tokens, ids.length));
    }

    private static List<Generated> generate(Role role, SftConfig config, List<int[]> prompts) {
        Integer end = role.base().tokenizer().special().eos();
        int[] stops = end == null ? new int[0] : new int[] {end};
        SamplingConfig sampling =
                SamplingConfig.defaults().withMaxNewTokens(config.eval().sampleTokens());
        SampleKey key = new SampleKey(config.seed(), SftStage.NAME, 0, 0);
        return Generator.generate(role, prompts, sampling, stops, key, prompts.size());
    }
}
