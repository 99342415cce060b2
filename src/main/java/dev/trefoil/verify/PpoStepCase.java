package dev.trefoil.verify;

import com.fasterxml.jackson.databind.JsonNode;
import dev.trefoil.adapter.AdapterStack;
import dev.trefoil.adapter.LoraAdapter;
import dev.trefoil.artifact.SafeTensorsFile;
import dev.trefoil.model.EngineConfig;
import dev.trefoil.model.Role;
import dev.trefoil.model.ScalarHead;
import dev.trefoil.model.SharedBase;
import dev.trefoil.optim.AdamSettings;
import dev.trefoil.rl.PpoStatistics;
import dev.trefoil.stage.ppo.Experience;
import dev.trefoil.stage.ppo.KlOptions;
import dev.trefoil.stage.ppo.MiniBatches;
import dev.trefoil.stage.ppo.PpoOptions;
import dev.trefoil.stage.ppo.PpoPreset;
import dev.trefoil.stage.ppo.PpoRoles;
import dev.trefoil.stage.ppo.PpoUpdate;
import dev.trefoil.stage.ppo.Sequences;
import dev.trefoil.train.OptimConfig;
import dev.trefoil.train.Optimisation;
import dev.trefoil.train.Trainable;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * {@code ppo_step_*}: one classic PPO update of an adapter and a value head over a bare base, the whole batch as one mini-batch,
 * several epochs. Tensors {@code [B, T]} are compared where the mask is true, response token by response token, so the side of
 * the padding does not matter.
 */
final class PpoStepCase implements CaseCheck {

    private static final String WEIGHT = "v_head.summary.weight";
    private static final String BIAS = "v_head.summary.bias";
    private static final String ADAPTER = "ppo";

    @Override
    public void check(GoldenCase golden, Deviations deviations) {
        try (GoldenBase opened = GoldenBase.open(golden, EngineConfig.parity())) {
            LoraAdapter adapter = opened.adapter(ADAPTER);
            ScalarHead value = valueHead(golden, opened.base());
            AdapterStack stack = AdapterStack.of(opened.base().sites(), List.of(adapter), true);
            try (PpoRoles roles = new PpoRoles(
                    Role.of(opened.base(), stack), Role.of(opened.base(), stack.with(ADAPTER, false)), value, 1)) {
                new Run(golden, deviations, adapter, value, roles).check();
            }
        }
    }

    private static ScalarHead valueHead(GoldenCase golden, SharedBase base) {
        int hidden = base.config().shape().hiddenSize();
        ScalarHead head = ScalarHead.value(hidden);
        Path file = golden.folder()
                .resolve(golden.config().path("adapter").asText("adapter"))
                .resolve("value_head.safetensors");
        try (SafeTensorsFile tensors = SafeTensorsFile.open(file)) {
            head.values().put(0, tensors.floats(WEIGHT));
            head.values().put(hidden, tensors.floats(BIAS));
        }
        return head;
    }

    private record Run(
            GoldenCase golden, Deviations deviations, LoraAdapter adapter, ScalarHead value, PpoRoles roles) {

        void check() {
            int epochs = (int) golden.setting("ppo_epochs");
            Optimisation optimisation = Optimisation.of(
                    optim(),
                    epochs,
                    Trainable.of(adapter),
                    Trainable.of(value.name(), value.values(), value.gradients()));
            Sequences sequences = sequences();
            PpoUpdate update = PpoUpdate.of(options(sequences.size(), epochs), roles, optimisation);
            MiniBatches one = MiniBatches.whole(sequences.size(), 1);
            double[] scores = doubles(golden.floats("in.scores"));
            Experience experience = update.judge(update.read(sequences, one), scores, null, golden.setting("kl_coef"));
            compare(experience);
            if (golden.has("logits")) {
                logits();
            }

            update.addGradients(experience, one.epochs().get(0));
            trained(
                    "grad.",
                    AdapterTensors.gradients(adapter),
                    value.gradients().duplicate());
            optimisation.drop();
            statistics(1, update.train(experience, one).epochs().get(0));
            trained("after1.", AdapterTensors.values(adapter), value.values().duplicate());
            List<PpoStatistics> rest = update.train(experience, MiniBatches.whole(sequences.size(), epochs - 1))
                    .epochs();
            for (int i = 0; i < rest.size(); i++) {
                statistics(i + 2, rest.get(i));
            }
            trained(
                    "after" + epochs + ".",
                    AdapterTensors.values(adapter),
                    value.values().duplicate());
        }

        private OptimConfig optim() {
            JsonNode optimizer = golden.config().path("optimizer");
            return new OptimConfig(
                    OptimConfig.Kind.ADAMW,
                    optimizer.path("lr").asDouble(),
                    List.of(
                            optimizer.path("betas").path(0).asDouble(),
                            optimizer.path("betas").path(1).asDouble()),
                    optimizer.path("eps").asDouble(),
                    AdamSettings.EpsilonMode.TORCH,
                    optimizer.path("weight_decay").asDouble(),
                    OptimConfig.Course.CONSTANT,
                    0,
                    0);
        }

        private PpoOptions options(int batch, int epochs) {
            return new PpoOptions(
                    PpoPreset.TRL_CLASSIC,
                    1,
                    batch,
                    batch,
                    1,
                    epochs,
                    new KlOptions(KlOptions.Controller.FIXED, golden.setting("kl_coef"), null, null, null),
                    golden.setting("gamma"),
                    golden.setting("lam"),
                    golden.setting("cliprange"),
                    golden.setting("cliprange_value"),
                    golden.setting("vf_coef"),
                    null,
                    null,
                    null,
                    null,
                    null,
                    null,
                    null,
                    null,
                    null,
                    null,
                    null,
                    null,
                    null,
                    null);
        }

        /** Real tokens of each row, cut into prompt and response by the case's lengths. */
        private Sequences sequences() {
            int[] ids = golden.ints("in.input_ids");
            boolean[] real = golden.mask("in.attention_mask");
            int rows = (int) golden.shape("in.input_ids")[0];
            int columns = ids.length / rows;
            List<int[]> prompts = new ArrayList<>();
            List<int[]> responses = new ArrayList<>();
            for (int row = 0; row < rows; row++) {
                int[] tokens = new int[columns];
                int count = 0;
                for (int i = row * columns; i < (row + 1) * columns; i++) {
                    if (real[i]) {
                        tokens[count++] = ids[i];
                    }
                }
                int prompt = golden.config().path("query_lengths").path(row).asInt();
                prompts.add(Arrays.copyOf(tokens, prompt));
                responses.add(Arrays.copyOfRange(tokens, prompt, count));
            }
            return new Sequences(prompts, responses);
        }

        private void compare(Experience experience) {
            masked("logprobs", experience, experience.trajectory().logProbs());
            masked("ref_logprobs", experience, experience.trajectory().referenceLogProbs());
            masked("values", experience, experience.trajectory().values());
            masked("kl", experience, experience.rewards().kl());
            masked("rewards", experience, experience.rewards().perToken());
            masked("advantages", experience, experience.advantages().advantages());
            masked("returns", experience, experience.advantages().returns());
            deviations.scalar("objective_kl", experience.rewards().objectiveKl());
        }

        /** [B, T, V] of the positions whose next token is a response's. */
        private void logits() {
            GoldenBatch rows = GoldenBatch.of(golden, "in.");
            float[] all = rows.logits(roles.policy());
            boolean[] mask = golden.mask("in.mask");
            int vocabulary = (int) golden.shape("logits")[2];
            int columns = rows.batch().columns();
            float[] got = new float[mask.length * vocabulary];
            boolean[] counts = new boolean[got.length];
            for (int i = 0; i < mask.length; i++) {
                int token = i + i / (columns - 1);
                System.arraycopy(all, token * vocabulary, got, i * vocabulary, vocabulary);
                Arrays.fill(counts, i * vocabulary, (i + 1) * vocabulary, mask[i]);
            }
            deviations.compare("logits", got, counts);
        }

        private void masked(String quantity, Experience experience, double[][] got) {
            boolean[] mask = golden.mask("in.mask");
            float[] all = golden.floats(quantity);
            float[] want = new float[all.length];
            int count = 0;
            for (int i = 0; i < all.length; i++) {
                if (mask[i]) {
                    want[count++] = all[i];
                }
            }
            deviations.compare(quantity, flat(got, experience.trajectory().policyMask()), Arrays.copyOf(want, count));
        }

        private static float[] flat(double[][] numbers, boolean[][] mask) {
            float[] flat =
                    new float[Arrays.stream(numbers).mapToInt(row -> row.length).sum()];
            int count = 0;
            for (int i = 0; i < numbers.length; i++) {
                for (int t = 0; t < numbers[i].length; t++) {
                    if (mask[i][t]) {
                        flat[count++] = (float) numbers[i][t];
                    }
                }
            }
            return Arrays.copyOf(flat, count);
        }

        /** Adapter and value head. Where Adam divides a tiny gradient by itself, its sign is chance and is left out. */
        private void trained(String prefix, Map<String, float[]> tensors, FloatBuffer head) {
            Map<String, float[]> all = new TreeMap<>(tensors);
            float[] weight = new float[value.hidden()];
            head.get(0, weight);
            all.put(WEIGHT, weight);
            all.put(BIAS, new float[] {head.get(value.hidden())});
            all.forEach((name, got) -> {
                float[] gradient = golden.floats("grad." + name);
                double above = golden.tolerance(prefix + name).onlyWhereAbove();
                boolean[] counts = new boolean[got.length];
                for (int i = 0; i < counts.length; i++) {
                    counts[i] = Math.abs(gradient[i]) > above || above == 0;
                }
                deviations.compare(prefix + name, got, counts);
            });
        }

        private void statistics(int epoch, PpoStatistics got) {
            String prefix = "epoch" + epoch + ".";
            deviations.scalar(prefix + "policy", got.policyLoss());
            deviations.scalar(prefix + "value", got.valueLoss());
            deviations.scalar(prefix + "total", got.totalLoss());
            deviations.scalar(prefix + "clipfrac", got.clipFraction());
            deviations.scalar(prefix + "vf_clipfrac", got.valueClipFraction());
            deviations.scalar(prefix + "entropy", got.entropy());
            deviations.scalar(prefix + "approxkl", got.approxKl());
            deviations.scalar(prefix + "policykl", got.policyKl());
            deviations.scalar(prefix + "return_mean", got.returnsMean());
            deviations.scalar(prefix + "return_var", got.returnsVariance());
            deviations.scalar(prefix + "error", got.valueError());
            deviations.scalar(prefix + "vpred", got.valuePrediction());
            deviations.scalar(prefix + "value_mean", got.valueMean());
            deviations.scalar(prefix + "value_var", got.valueVariance());
            deviations.scalar(prefix + "var_explained", got.varianceExplained());
            deviations.scalar(prefix + "avg_ratio", got.ratioMean());
        }

        private static double[] doubles(float[] numbers) {
            double[] result = new double[numbers.length];
            for (int i = 0; i < numbers.length; i++) {
                result[i] = numbers[i];
            }
            return result;
        }
    }
}
