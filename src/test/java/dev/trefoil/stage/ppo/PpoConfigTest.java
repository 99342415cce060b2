package dev.trefoil.stage.ppo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import dev.trefoil.config.ConfigReader;
import dev.trefoil.config.ConfigWriter;
import dev.trefoil.doctor.Doctor;
import dev.trefoil.optim.AdamSettings.EpsilonMode;
import dev.trefoil.rl.AdaptiveKl;
import dev.trefoil.rl.Era;
import dev.trefoil.rl.FixedKl;
import dev.trefoil.rl.MaskedStatistics.Variance;
import dev.trefoil.train.OptimConfig.Course;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PpoConfigTest {

    private static final String NEEDED = """
            data: {path: prompts.jsonl}
            reward: {model: lexicon-sentiment}
            """;

    @TempDir
    Path folder;

    private PpoConfig read(String text) {
        try {
            Path file = Files.writeString(folder.resolve("ppo.yaml"), NEEDED + text);
            return ConfigReader.read(file, PpoConfig.class);
        } catch (IOException failed) {
            throw new IllegalStateException(failed);
        }
    }

    @Test
    void classic_numbers_without_a_preset() {
        PpoConfig config = read("");
        PpoOptions ppo = config.ppo();
        assertThat(ppo.preset()).isEqualTo(PpoPreset.TRL_CLASSIC);
        assertThat(ppo.kl().start()).isEqualTo(new AdaptiveKl(0.2, 6, 10000));
        assertThat(ppo.batchSize()).isEqualTo(128);
        assertThat(ppo.miniBatchSize()).isEqualTo(128);
        assertThat(ppo.ppoEpochs()).isEqualTo(4);
        assertThat(ppo.formulas()).isEqualTo(dev.trefoil.rl.PpoSettings.trlClassic());
        assertThat(config.optim().learningRate()).isEqualTo(1.41e-5);
        assertThat(config.optim().maxGradNorm()).isZero();
        assertThat(config.sampling().temperature()).isEqualTo(1);
        assertThat(config.lora().dropout()).isZero();
    }

    @Test
    void newer_numbers() {
        PpoConfig config = read("ppo: {preset: trl-1x}");
        assertThat(config.ppo().kl().start()).isEqualTo(new FixedKl(0.05));
        assertThat(config.ppo().era()).isEqualTo(Era.V1);
        assertThat(config.ppo().formulas()).isEqualTo(dev.trefoil.rl.PpoSettings.trlV1());
        assertThat(config.optim().learningRate()).isEqualTo(3e-6);
        assertThat(config.optim().schedule()).isEqualTo(Course.LINEAR);
        assertThat(config.sampling().temperature()).isEqualTo(0.7);
        assertThat(config.sampling().maxNewTokens()).isEqualTo(53);
    }

    @Test
    void numbers_of_2019_and_of_openrlhf() {
        PpoConfig first = read("ppo: {preset: openai-2019}");
        assertThat(first.ppo().kl().start()).isEqualTo(new AdaptiveKl(0.15, 6, 10000));
        assertThat(first.ppo().whitenRewards()).isTrue();
        assertThat(first.ppo().variance()).isEqualTo(Variance.BIASED);
        assertThat(first.ppo().valueHead()).isEqualTo(PpoOptions.ValueHead.ZERO);
        assertThat(first.optim().epsMode()).isEqualTo(EpsilonMode.TF);

        PpoConfig second = read("ppo: {preset: openrlhf}");
        assertThat(second.ppo().kl().coef()).isEqualTo(0.01);
        assertThat(second.ppo().lam()).isEqualTo(1);
        assertThat(second.ppo().ppoEpochs()).isEqualTo(1);
        assertThat(second.ppo().batchSize()).isEqualTo(1024);
        assertThat(second.ppo().miniBatchSize()).isEqualTo(128);
        assertThat(second.ppo().cliprangeValue()).isEqualTo(0.5);
        assertThat(second.ppo().score().clip()).isEqualTo(10);
        assertThat(second.optim().betas()).isEqualTo(List.of(0.9, 0.95));
        assertThat(second.optim().maxGradNorm()).isEqualTo(1);
    }

    @Test
    void keys_of_the_file_override_the_preset_one_by_one() {
        PpoConfig config = read("""
                ppo:
                  preset: trl-1x
                  batch_size: 32
                  kl: {coef: 0.1}
                optim: {max_grad_norm: 0}
                sampling: {max_new_tokens: 24, stop: none}
                """);
        assertThat(config.ppo().kl().start()).isEqualTo(new FixedKl(0.1));
        assertThat(config.ppo().miniBatchSize()).isEqualTo(32);
        assertThat(config.optim().maxGradNorm()).isZero();
        assertThat(config.optim().learningRate()).isEqualTo(3e-6);
        assertThat(config.sampling().temperature()).isEqualTo(0.7);
    }

    @Test
    void the_resolved_file_reads_back_to_the_same() throws IOException {
        PpoConfig config = read("ppo: {preset: openrlhf, kl: {coef: 0.3}}");
        Path again = Files.writeString(folder.resolve("again.yaml"), ConfigWriter.toYaml(config));
        assertThat(ConfigWriter.hash(ConfigReader.read(again, PpoConfig.class))).isEqualTo(ConfigWriter.hash(config));
    }

    @Test
    void sizes_that_do_not_divide_are_named() {
        assertThatThrownBy(() -> read("ppo: {batch_size: 32, mini_batch_size: 5}"))
                .hasMessageContaining("ppo.mini_batch_size")
                .hasMessageContaining("must divide batch_size, which is 32, was 5");
        assertThatThrownBy(() -> read("ppo: {kl: {target: -6}}"))
                .hasMessageContaining("ppo.kl.target: must be > 0, was -6");
        assertThatThrownBy(() -> read("ppo: {score: {normalise: true}}")).hasMessageContaining("needs scale: true");
    }

    @Test
    void impure_sampling_is_refused_with_the_reason() {
        PpoConfig config = read("sampling: {top_k: 50, top_p: 0.9}");
        Doctor doctor = Doctor.alone(Map.of(), line -> {});
        doctor.examine(config.sampling().purity());
        assertThatThrownBy(doctor::conclude)
                .isInstanceOfSatisfying(
                        UserError.class, error -> assertThat(error.code()).isEqualTo(ExitCode.REFUSED))
                .hasMessageContaining("top_k is 50, wanted 0")
                .hasMessageContaining("top_p is 0.9, wanted 1")
                .hasMessageContaining("unsafe_sampling");
    }
}
