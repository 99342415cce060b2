package dev.trefoil.stage.pretrain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.trefoil.UserError;
import dev.trefoil.adapter.AdapterStack;
import dev.trefoil.artifact.NumberFormats;
import dev.trefoil.config.ConfigReader;
import dev.trefoil.data.TextSample;
import dev.trefoil.data.grammar.ReviewGrammar;
import dev.trefoil.model.EngineConfig;
import dev.trefoil.model.Labels;
import dev.trefoil.model.Pass;
import dev.trefoil.model.Role;
import dev.trefoil.model.SharedBase;
import dev.trefoil.optim.Parameters;
import dev.trefoil.prepare.Prepare;
import dev.trefoil.prepare.PrepareOptions;
import dev.trefoil.prepare.PrepareProgress;
import dev.trefoil.quant.Precision;
import dev.trefoil.stage.pretrain.PretrainConfig.Family;
import dev.trefoil.token.Batch;
import dev.trefoil.token.Collator;
import dev.trefoil.token.Packed;
import dev.trefoil.token.Packing;
import dev.trefoil.token.PackingConfig;
import dev.trefoil.token.Tokenizer;
import dev.trefoil.train.RunFolder;
import dev.trefoil.train.StageContext;
import dev.trefoil.train.Trainable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Training from scratch, and what it leaves behind. */
class PretrainStageTest {

    @TempDir
    Path folder;

    private static List<String> settings(String... more) {
        List<String> common = List.of(
                "model.hidden=16",
                "model.layers=2",
                "model.heads=2",
                "model.kv_heads=2",
                "model.intermediate=32",
                "model.context=32",
                "vocabulary=300",
                "texts=40",
                "length=32",
                "batch_size=4",
                "steps=30",
                "logging_steps=1",
                "optim.learning_rate=0.02",
                "optim.warmup_steps=2",
                "optim.weight_decay=0.1");
        return Stream.concat(common.stream(), Stream.of(more)).toList();
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void steps_lower_the_loss_and_prepare_takes_the_result(Family family) {
        String name = family.name().toLowerCase(Locale.ROOT);
        PretrainConfig config = ConfigReader.fromOverrides(settings("model.family=" + name), PretrainConfig.class);
        Path model = folder.resolve("model");
        new PretrainStage().run(StageContext.quiet(new RunFolder(model)), config, model);
        Path base = prepare(model);
        int vocabulary;
        Batch reviews;
        try (SharedBase opened = SharedBase.open(base, EngineConfig.parity())) {
            assertThat(opened.config().family()).isEqualTo(name);
            vocabulary = opened.config().shape().vocabSize();
            assertThat(opened.tokenizer().vocabularySize()).isEqualTo(vocabulary);
            reviews = reviews(opened.tokenizer(), config.length());
        }
        // weights at their start give every token about the same chance
        assertThat(loss(base, reviews)).isBetween(1.0, Math.log(vocabulary) - 0.8);
    }

    /** Reviews that the training has not seen. */
    private static Batch reviews(Tokenizer tokenizer, int length) {
        ReviewGrammar grammar = ReviewGrammar.open();
        List<TextSample> texts = LongStream.range(0, 6)
                .mapToObj(i -> new TextSample(grammar.review(99, i).text()))
                .toList();
        Packed packed = Packing.pack(tokenizer, texts, PackingConfig.defaults().withLength(length));
        return Collator.batch(packed.requireRows().rows());
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void a_published_model_has_the_same_loss_as_a_base(Family family) throws IOException {
        ScratchModel model = ScratchModels.random(family, 11);
        for (int i = 0; i < model.size(); i++) {
            model.values()
                    .put(
                            i,
                            NumberFormats.fromHalf(
                                    NumberFormats.toHalf(model.values().get(i))));
        }
        Path published = Files.createDirectories(folder.resolve("hf"));
        PublishedForm.of(model).write(published, 0);
        Batch batch = ScratchModels.batch(12);
        double wanted;
        try (ScratchPass pass = ScratchPass.open(model)) {
            wanted = pass.lossAndGradients(List.of(batch));
        }
        assertThat(loss(prepare(published), batch)).isCloseTo(wanted, within(2e-6));
    }

    private Path prepare(Path published) {
        Path base = folder.resolve("base");
        Prepare.run(published, base, PrepareOptions.of(Precision.FP32), PrepareProgress.silent());
        return base;
    }

    private static double loss(Path folder, Batch batch) {
        Labels labels = Labels.of(batch);
        try (SharedBase base = SharedBase.open(folder, EngineConfig.parity());
                Role role = Role.of(base, AdapterStack.empty(base.sites()));
                Pass pass = role.infer(batch)) {
            double sum = 0;
            for (float logProb :
                    role.head().logProbs(pass, labels.at(), labels.targets(), 1).logProbs()) {
                sum -= logProb;
            }
            return sum / labels.count();
        }
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void norms_and_biases_do_not_decay(Family family) {
        ScratchModel model = ScratchModels.random(family, 13);
        int decayed = 0;
        int all = 0;
        for (Trainable trainable : model.trainables(true)) {
            Parameters parameters = trainable.parameters();
            for (int i = 0; i < parameters.size(); i++) {
                String name = trainable.place().apply(i);
                assertThat(parameters.values().get(i)).isEqualTo(model.values().get(all + i));
                assertThat(parameters.decayed()).as(name).isEqualTo(!name.contains("norm") && !name.endsWith(".bias"));
            }
            all += parameters.size();
            decayed += parameters.decayed() ? parameters.size() : 0;
        }
        assertThat(all).isEqualTo(model.size());
        assertThat(decayed).isBetween(1, model.size() - 1);
        assertThat(model.trainables(false)).hasSize(1);
    }

    @Test
    void gpt2_starts_as_transformers_starts_it() {
        PretrainConfig.Model shape = new PretrainConfig.Model(Family.GPT2, 64, 8, 2, 2, 128, 64);
        ScratchModel model = ScratchModel.create(shape, 100, 1);
        for (ScratchModel.Weight weight : model.weights()) {
            double sum = 0;
            double squares = 0;
            for (int i = 0; i < weight.length(); i++) {
                float value = model.values().get(weight.offset() + i);
                sum += value;
                squares += (double) value * value;
            }
            double mean = sum / weight.length();
            double deviation = Math.sqrt(Math.max(0, squares / weight.length() - mean * mean));
            boolean residual = weight.name().endsWith(".out") || weight.name().endsWith(".down");
            double wanted = weight.isVector() ? 0 : residual ? 0.02 / 4 : 0.02;
            assertThat(deviation).as(weight.name()).isCloseTo(wanted, within(0.05 * wanted));
            assertThat(mean)
                    .as(weight.name())
                    .isCloseTo(weight.isVector() && !weight.name().endsWith(".bias") ? 1 : 0, within(0.002));
        }
    }

    @Test
    void shapes_that_the_family_cannot_have_are_refused() {
        assertRefused("model.kv_heads", "as heads, in family gpt2", "model.family=gpt2", "model.kv_heads=1");
        assertRefused("length", "context of 32", "length=33");
        assertRefused("model.family", "llama", "model.family=opt");
    }

    private static void assertRefused(String key, String text, String... settings) {
        assertThatThrownBy(() -> ConfigReader.fromOverrides(settings(settings), PretrainConfig.class))
                .isInstanceOf(UserError.class)
                .hasMessageContainingAll(key, text);
    }
}
