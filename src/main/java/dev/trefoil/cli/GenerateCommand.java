package dev.trefoil.cli;

import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import dev.trefoil.config.ConfigReader;
import dev.trefoil.data.ChatConfig;
import dev.trefoil.data.DataConfig;
import dev.trefoil.data.PromptSample;
import dev.trefoil.data.Samples;
import dev.trefoil.eval.Candidates;
import dev.trefoil.generate.Dialogue;
import dev.trefoil.generate.Generated;
import dev.trefoil.generate.Generator;
import dev.trefoil.generate.SampleKey;
import dev.trefoil.generate.SamplingConfig;
import dev.trefoil.model.Role;
import dev.trefoil.model.SharedBase;
import dev.trefoil.reward.RewardException;
import dev.trefoil.reward.RewardModel;
import dev.trefoil.reward.builtin.LearnedReward;
import dev.trefoil.reward.builtin.RewardModels;
import dev.trefoil.token.ChatRendering;
import dev.trefoil.token.PromptRow;
import dev.trefoil.token.Tokenizer;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "generate",
        mixinStandardHelpOptions = true,
        description = "Go on with prompts, by the base alone or through adapters.",
        footer = {
            "",
            "Example:",
            "  trefoil generate --base bases/quickstart --adapter runs/quickstart/sft --adapter runs/quickstart/ppo \\",
            "      --prompt \"The new film about a rich dancer\" --max-new-tokens 40",
            "  trefoil generate --base bases/smollm2-135m-int8 --chat --system \"Answer briefly.\""
        })
final class GenerateCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Mixin
    private RoleOptions roles;

    @Option(names = "--prompt", paramLabel = "TEXT", description = "A prompt; may be repeated.")
    private List<String> texts = List.of();

    @Option(names = "--prompts", paramLabel = "FILE", description = "Data file with a column prompt.")
    private Path file;

    @Option(names = "--samples", defaultValue = "1", description = "Responses for each prompt (${DEFAULT-VALUE}).")
    private int samples;

    @Option(
            names = "--best-of",
            defaultValue = "0",
            paramLabel = "N",
            description = "Draw N responses for each prompt and print the one that --reward scores best.")
    private int bestOf;

    @Option(
            names = "--reward",
            paramLabel = "NAME-OR-PATH",
            description =
                    "With --best-of: name in reward-models/, path of a reward.yaml, or artifact of a reward stage.")
    private String reward;

    @Option(names = "--max-new-tokens", defaultValue = "64", description = "Tokens to add at most (${DEFAULT-VALUE}).")
    private int maxNewTokens;

    @Option(names = "--temperature", defaultValue = "1", description = "Divides the logits (${DEFAULT-VALUE}).")
    private double temperature;

    @Option(names = "--top-k", defaultValue = "0", description = "Keep so many tokens; 0 for all (${DEFAULT-VALUE}).")
    private int topK;

    @Option(names = "--top-p", defaultValue = "1", description = "Keep this mass; 1 for all (${DEFAULT-VALUE}).")
    private double topP;

    @Option(names = "--greedy", description = "Take the most probable token.")
    private boolean greedy;

    @Option(names = "--seed", defaultValue = "0", description = "Of the random numbers (${DEFAULT-VALUE}).")
    private long seed;

    @Option(names = "--batch-size", defaultValue = "16", description = "Prompts at once (${DEFAULT-VALUE}).")
    private int batchSize;

    @Option(
            names = "--chat",
            description =
                    "A dialogue: each line of the input is a turn. /reset forgets it, /exit or the input's end closes it.")
    private boolean chat;

    @Option(names = "--system", paramLabel = "TEXT", description = "With --chat: what the model is told first.")
    private String system;

    @Option(
            names = "--chat-template",
            paramLabel = "FILE",
            description = "Jinja template for messages; the base's own if absent.")
    private Path template;

    @Mixin
    private JsonOption json;

    @Override
    public Integer call() throws RewardException {
        if (bestOf < 0 || (bestOf > 0) != (reward != null)) {
            throw new UserError(ExitCode.USAGE, "--best-of N and --reward NAME belong together");
        }
        check();
        SamplingConfig sampling = sampling();
        if (bestOf > 0) {
            return best(sampling);
        }
        try (SharedBase base = roles.open();
                Role role = roles.role(base)) {
            Tokenizer tokenizer = base.tokenizer();
            ChatRendering rendering = ChatRendering.of(base.folder(), tokenizer, new ChatConfig(false, template));
            if (chat) {
                Dialogue dialogue = Dialogue.begin(role, rendering, sampling, seed, system);
                new ChatLoop(
                                dialogue,
                                spec.commandLine().getOut(),
                                spec.commandLine().getErr(),
                                json.wanted())
                        .run(System.in);
                return ExitCode.DONE.value();
            }
            List<PromptSample> prompts = prompts(rendering);
            List<int[]> ids = new ArrayList<>();
            for (PromptSample prompt : prompts) {
                ids.add(tokenizer.encode(prompt.prompt(), !prompt.templated()).ids());
            }
            int[] stops = base.config().tokens().eosIds();
            List<Generated> responses =
                    Generator.generate(role, ids, sampling, stops, new SampleKey(seed, "generate", 0, 0), batchSize);
            for (int i = 0; i < prompts.size(); i++) {
                print(prompts.get(i).prompt(), tokenizer.decode(responses.get(i).tokens(), true), responses.get(i));
            }
        }
        return ExitCode.DONE.value();
    }

    private int best(SamplingConfig sampling) throws RewardException {
        try (SharedBase base = roles.open();
                Role role = roles.role(base);
                RewardModel model = RewardModels.in(RewardOptions.folder(), LearnedReward.opener(base))
                        .open(reward)) {
            Tokenizer tokenizer = base.tokenizer();
            List<PromptRow> rows = new ArrayList<>();
            List<PromptSample> prompts =
                    prompts(ChatRendering.of(base.folder(), tokenizer, new ChatConfig(false, template)));
            for (PromptSample prompt : prompts) {
                boolean plain = !prompt.templated();
                int[] ids = tokenizer.encode(prompt.prompt(), plain).ids();
                String text = plain ? tokenizer.decode(ids, true) : prompt.prompt();
                rows.add(new PromptRow(rows.size(), ids, text, prompt.metadata()));
            }
            Candidates.Drawing drawing =
                    new Candidates.Drawing(sampling, base.config().tokens().eosIds(), seed, batchSize);
            for (Candidates one : Candidates.draw(role, rows, bestOf, model, drawing)) {
                printBest(prompts.get(one.prompt().sample()).prompt(), one);
            }
        }
        return ExitCode.DONE.value();
    }

    /** A prompt none of whose responses has a score is printed without one. */
    private void printBest(String prompt, Candidates candidates) {
        PrintWriter out = spec.commandLine().getOut();
        int best = candidates.best();
        String response = best < 0 ? "" : candidates.responses().get(best);
        Double score = best < 0 ? null : (Double) candidates.scores()[best];
        if (json.wanted()) {
            Map<String, Object> object = new LinkedHashMap<>();
            object.put("prompt", prompt);
            object.put("response", response);
            object.put("score", score);
            object.put("best_of", candidates.responses().size());
            out.println(JsonOption.line(object));
        } else {
            out.println(prompt + "|" + response);
            out.println("(" + score + ", the best of " + candidates.responses().size() + ")");
            out.println();
        }
        out.flush();
    }

    private void check() {
        if (file != null) {
            InputPath.file(file, "a data file with a column prompt");
        }
        if (template != null) {
            InputPath.file(template, "a file with a Jinja template");
        }
        boolean prompted = file != null || !texts.isEmpty();
        if (chat && prompted) {
            throw new UserError(
                    ExitCode.USAGE, "--chat reads its turns from the input; leave --prompt and --prompts out");
        }
        if (chat && bestOf > 0) {
            throw new UserError(ExitCode.USAGE, "--chat draws one answer a turn; leave --best-of out");
        }
        if (system != null && !chat) {
            throw new UserError(ExitCode.USAGE, "--system belongs to a dialogue; give --chat with it");
        }
        if (!chat && !prompted) {
            throw new UserError(ExitCode.USAGE, "no prompt; give --prompt TEXT, --prompts FILE or --chat");
        }
    }

    private List<PromptSample> prompts(ChatRendering rendering) {
        List<PromptSample> once = new ArrayList<>();
        texts.forEach(text -> once.add(new PromptSample(text, Map.of())));
        if (file != null) {
            once.addAll(Samples.prompts(DataConfig.of(file.toString()), Path.of(""), rendering)
                    .samples());
        }
        List<PromptSample> all = new ArrayList<>();
        once.forEach(prompt -> {
            for (int i = 0; i < samples; i++) {
                all.add(prompt);
            }
        });
        return all;
    }

    /** The same ranges and messages as in a file. */
    private SamplingConfig sampling() {
        return ConfigReader.fromOverrides(
                List.of(
                        "max_new_tokens=" + maxNewTokens,
                        "temperature=" + temperature,
                        "top_k=" + topK,
                        "top_p=" + topP,
                        "greedy=" + greedy),
                SamplingConfig.class);
    }

    private void print(String prompt, String response, Generated generated) {
        PrintWriter out = spec.commandLine().getOut();
        if (json.wanted()) {
            Map<String, Object> object = new LinkedHashMap<>();
            object.put("prompt", prompt);
            object.put("response", response);
            object.put("ended", generated.ended());
            out.println(JsonOption.line(object));
        } else {
            out.println(prompt + "|" + response);
            out.println();
        }
        out.flush();
    }
}
