package dev.trefoil.stage.ppo;

import dev.trefoil.UserError;
import dev.trefoil.adapter.AdapterStack;
import dev.trefoil.adapter.LoraAdapter;
import dev.trefoil.adapter.PeftFiles;
import dev.trefoil.artifact.Artifact;
import dev.trefoil.artifact.Hashes;
import dev.trefoil.config.ConfigWriter;
import dev.trefoil.data.DataConfig;
import dev.trefoil.data.PromptSample;
import dev.trefoil.data.SampleSet;
import dev.trefoil.data.Samples;
import dev.trefoil.doctor.Doctor;
import dev.trefoil.doctor.TruncatedShare;
import dev.trefoil.model.Role;
import dev.trefoil.model.ScalarHead;
import dev.trefoil.model.SharedBase;
import dev.trefoil.reward.builtin.LearnedReward;
import dev.trefoil.reward.builtin.RewardModels;
import dev.trefoil.token.ChatRendering;
import dev.trefoil.token.PromptConfig;
import dev.trefoil.token.PromptRow;
import dev.trefoil.token.Prompts;
import dev.trefoil.train.Checkpoints;
import dev.trefoil.train.Optimisation;
import dev.trefoil.train.StageContext;
import dev.trefoil.train.Trainable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What the loop holds, opened from a configuration.
 *
 * @param adapter the one that is trained
 * @param prompts endless batches of prompts
 * @param rollouts answers them
 * @param judge the reward model
 * @param second the held check's other reward model, or null
 * @param held the held check, or null
 * @param parents hashes of the artifacts this run builds on, by role
 * @param dataHash of all prompts
 * @param promptsLost how many did not fit
 */
record PpoParts(
        PpoConfig config,
        LoraAdapter adapter,
        PpoRoles roles,
        PromptOrder prompts,
        Rollouts rollouts,
        Judge judge,
        Judge second,
        HeldCheck held,
        Optimisation optimisation,
        Checkpoints checkpoints,
        Map<String, String> parents,
        String dataHash,
        TruncatedShare promptsLost)
        implements AutoCloseable {

    /** Name of the trained adapter. */
    static final String ADAPTER = "ppo";

    private static final String SFT = "sft";
    private static final String REWARD = "reward";

    /** @throws UserError if a part is missing, or does not fit the base or the others */
    static PpoParts open(StageContext context, SharedBase base, PpoConfig config) {
        return open(context, base, config, null);
    }

    /** @param given the judge, or null for the configuration's */
    static PpoParts open(StageContext context, SharedBase base, PpoConfig config, Judge given) {
        PpoOptions options = config.ppo();
        requirePure(config);
        Map<String, String> parents = new LinkedHashMap<>();
        List<LoraAdapter> adapters = new ArrayList<>(supervised(base, config, parents));
        if (Artifact.exists(Path.of(config.reward().model()))) {
            parents.put(REWARD, Artifact.open(Path.of(config.reward().model())).hash());
        }
        Prompts prompts = prompts(context, base, config.data(), config.prompts(), config.seed(), "prompts");
        requireRoom(base, prompts.rows(), config.sampling().maxNewTokens());
        List<PromptRow> training = prompts.rows();
        List<PromptRow> heldPrompts = held(context, base, config);
        requireRoom(base, heldPrompts, config.sampling().maxNewTokens());
        LoraAdapter adapter = LoraAdapter.create(
                ADAPTER, config.lora().forFamily(base.config().family()), base.sites(), config.seed());
        adapters.add(adapter);
        int hidden = base.config().shape().hiddenSize();
        ScalarHead value = options.valueHead() == PpoOptions.ValueHead.ZERO
                ? ScalarHead.value(hidden)
                : ScalarHead.valueRandom(hidden, config.seed());
        Optimisation optimisation = Optimisation.of(
                config.optim().config(),
                options.optimizerSteps(),
                Trainable.of(adapter),
                Trainable.of(value.name(), value.values(), value.gradients()));
        String dataHash = hash(training, heldPrompts);
        Checkpoints checkpoints = Checkpoints.in(
                context.folder().checkpoints(),
                options.saveTotalLimit(),
                Hashes.sha256(configHash(config) + base.hash() + dataHash + parents),
                optimisation.parameters());
        Judge judge = given == null ? judge(base, config.reward()) : given;
        Judge second = config.eval() == null || config.eval().judge() == null
                ? null
                : judge(base, config.eval().judge());
        return new PpoParts(
                config,
                adapter,
                roles(base, adapters, value, config.sampling().temperature()),
                new PromptOrder(training, options.batchSize(), config.seed()),
                new Rollouts(base.tokenizer(), config.sampling(), options.miniBatchSize()),
                judge,
                second,
                heldPrompts.isEmpty()
                        ? null
                        : new HeldCheck(heldPrompts, config.eval(), options.miniBatchSize(), judge, second),
                optimisation,
                checkpoints,
                parents,
                dataHash,
                new TruncatedShare(
                        (long) prompts.tooLong() + prompts.tooShort(),
                        (long) prompts.tooLong() + prompts.tooShort() + training.size(),
                        "prompts.max_tokens or min_tokens"));
    }

    /** Before anything is loaded; what is only warned of is said later, by the doctor of the run. */
    private static void requirePure(PpoConfig config) {
        Doctor doctor = Doctor.alone(config.doctor(), line -> {});
        if (!config.ppo().unsafeSampling()) {
            doctor.examine(config.sampling().purity());
        }
        doctor.conclude();
    }

    /** Now, and not in the step hours later in which the longest prompt has its turn. */
    private static void requireRoom(SharedBase base, List<PromptRow> prompts, int newTokens) {
        int longest = prompts.stream().mapToInt(row -> row.ids().length).max().orElse(0);
        int context = base.config().shape().contextLength();
        if (longest + newTokens > context) {
            throw UserError.data(
                    "prompts: the longest has " + longest + " tokens, sampling.max_new_tokens is " + newTokens
                            + ", the context of base " + base.folder() + " is " + context
                            + "; lower prompts.max_tokens or sampling.max_new_tokens");
        }
    }

    private static PpoRoles roles(SharedBase base, List<LoraAdapter> adapters, ScalarHead value, double temperature) {
        AdapterStack stack = AdapterStack.of(base.sites(), adapters, true);
        return new PpoRoles(Role.of(base, stack), Role.of(base, stack.with(ADAPTER, false)), value, temperature);
    }

    /** The adapter below the trained one, or none. */
    private static List<LoraAdapter> supervised(SharedBase base, PpoConfig config, Map<String, String> parents) {
        if (config.sft() == null) {
            return List.of();
        }
        if (!Artifact.exists(config.sft())) {
            return List.of(PeftFiles.read(config.sft(), base.sites(), SFT));
        }
        Artifact artifact = Artifact.open(config.sft())
                .requireKind(SFT)
                .requireBase(base.hash(), base.folder().toString())
                .requireTokenizer(base.tokenizer().hash(), base.folder().toString());
        parents.put(SFT, artifact.hash());
        return List.of(PeftFiles.read(artifact.adapter(), base.sites(), SFT));
    }

    private static Judge judge(SharedBase base, RewardChoice choice) {
        if (choice == null) {
            throw UserError.data(
                    "reward: is missing; wanted a section with model: a reward model's name, or the path of a "
                            + "reward.yaml or of a finished reward stage");
        }
        RewardModels models = RewardModels.in(choice.folder(), LearnedReward.opener(base));
        return new Judge(models.open(choice.model(), choice.options()));
    }

    private static List<PromptRow> held(StageContext context, SharedBase base, PpoConfig config) {
        HeldOptions options = config.eval();
        if (options == null) {
            return List.of();
        }
        DataConfig heldData = options.data() == null || options.data().chat() != null
                ? options.data()
                : options.data().withChat(config.data().chat());
        PromptConfig taken = options.prompts() == null ? config.prompts() : options.prompts();
        return prompts(context, base, heldData, taken, options.seed(), "held prompts")
                .rows();
    }

    private static Prompts prompts(
            StageContext context, SharedBase base, DataConfig data, PromptConfig taken, long seed, String what) {
        if (data == null) {
            throw UserError.data("data: is missing; wanted a section with the path of a file of prompts or texts");
        }
        SampleSet<PromptSample> samples = Samples.prompts(
                data, context.dataRoot(), ChatRendering.of(base.folder(), base.tokenizer(), data.chat()));
        Prompts prompts = Prompts.encode(base.tokenizer(), samples.samples(), taken, seed);
        context.say(what + ": " + samples.report().describe());
        context.say(what + ": " + prompts.describe());
        return prompts;
    }

    private static String hash(List<PromptRow> training, List<PromptRow> held) {
        StringBuilder all = new StringBuilder();
        for (List<PromptRow> part : List.of(training, held)) {
            all.append(part.size()).append('\n');
            part.forEach(row -> all.append(Hashes.sha256(row.text()))
                    .append(row.ids().length)
                    .append('\n'));
        }
        return Hashes.sha256(all.toString());
    }

    /** Of what decides the run. Artifacts count by their own hashes, wherever they lie. */
    static String configHash(PpoConfig config) {
        PpoConfig plain = config.deciding().withSft(null);
        boolean artifact = Artifact.exists(Path.of(config.reward().model()));
        return ConfigWriter.hash(artifact ? plain.withReward(RewardChoice.of("artifact")) : plain);
    }

    @Override
    public void close() {
        roles.close();
        judge.close();
        if (second != null) {
            second.close();
        }
    }
}
