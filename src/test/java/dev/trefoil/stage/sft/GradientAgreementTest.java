package dev.trefoil.stage.sft;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trefoil.QuickstartBase;
import dev.trefoil.adapter.AdapterStack;
import dev.trefoil.adapter.LoraAdapter;
import dev.trefoil.adapter.LoraModule;
import dev.trefoil.config.ConfigReader;
import dev.trefoil.model.EngineConfig;
import dev.trefoil.model.Role;
import dev.trefoil.model.SharedBase;
import dev.trefoil.token.Batch;
import dev.trefoil.token.Collator;
import dev.trefoil.train.RunFolder;
import dev.trefoil.train.StageContext;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The default arithmetic, bfloat16 activations, gives the direction in which float32 would change the adapter; int8 products nearly. On the
 * embedded base, or on the one that {@code -Dtrefoil.agreement.base=DIR} names, with the first texts of the fine-tune that
 * {@code -Dtrefoil.agreement.config=FILE} names.
 */
class GradientAgreementTest {

    private static final String BASE = System.getProperty("trefoil.agreement.base");
    private static final String QUICKSTART = "pipelines/quickstart/sft.yaml";

    /** A fine-tune whose first rows are read. */
    private static final String CONFIG = System.getProperty("trefoil.agreement.config", QUICKSTART);

    private static final int ROWS = 4;
    private static final double LEAST_COSINE = 0.999;

    /** Parts of the adapter as far from zero as training brings them, so that every A has a gradient too. */
    private static final float DEVIATION_OF_B = 0.01f;

    @TempDir
    private Path folder;

    private record Found(float loss, float[] gradient, List<LoraModule> modules) {}

    @Test
    void bfloat16_gradients_point_where_those_of_float32_do() {
        assertThat(cosine("bfloat16", store(), EngineConfig.defaults())).isGreaterThan(LEAST_COSINE);
    }

    @Test
    void int8_gradients_nearly_do_with_the_largest_columns_apart() {
        Path store = store();
        cosine("int8 products, outliers apart", store, engine("int8_forward=true int8_backward=true outliers=entries"));
        String largest = "int8_forward=true int8_backward=true outliers=largest";
        double all = cosine("int8 products, the largest columns apart", store, engine(largest));
        double butForward =
                cosine("the same but inner activations", store, engine(largest + " int8_inner_forward=false"));
        cosine(
                "the same but inner activations and gradients",
                store,
                engine(largest + " int8_inner_forward=false int8_inner_backward=false"));
        assertThat(all).isGreaterThan(leastInt8Cosine());
        assertThat(butForward).isGreaterThan(all);
    }

    @Test
    void gradients_in_int8_do_but_for_inner_ones() {
        assertThat(cosine(
                        "bfloat16 and gradients in int8 but inner ones",
                        store(),
                        engine("int8_backward=true outliers=largest int8_inner_backward=false")))
                .isGreaterThan(LEAST_COSINE);
    }

    private Path store() {
        return BASE == null ? QuickstartBase.prepare(folder) : Path.of(BASE);
    }

    /** A gate's products have a wider range in a model that has learnt more, and in texts that are not the quickstart's. */
    private static double leastInt8Cosine() {
        if (BASE == null) {
            return 0.999;
        }
        return CONFIG.equals(QUICKSTART) ? 0.995 : 0.99;
    }

    private static EngineConfig engine(String settings) {
        return ConfigReader.fromOverrides(List.of(settings.split(" ")), EngineConfig.class);
    }

    /** Of the gradient by this arithmetic and by float32. */
    private double cosine(String name, Path store, EngineConfig engine) {
        Found exact = found(store, EngineConfig.parity());
        Found fast = found(store, engine);
        double whole = cosine(exact.gradient(), fast.gradient(), 0, exact.gradient().length);
        double least = exact.modules().stream()
                .mapToDouble(module -> Math.min(
                        cosine(exact.gradient(), fast.gradient(), module.offsetA(), module.lengthA()),
                        cosine(exact.gradient(), fast.gradient(), module.offsetB(), module.lengthB())))
                .min()
                .orElseThrow();
        System.out.printf(
                "gradients by %s: cosine %.6f over all %,d weights, %.6f in the matrix that agrees least; loss %.5f, %.5f in float32%n",
                name, whole, exact.gradient().length, least, fast.loss(), exact.loss());
        return whole;
    }

    private Found found(Path store, EngineConfig engine) {
        SftConfig config = ConfigReader.read(Path.of(CONFIG), SftConfig.class);
        try (SharedBase base = SharedBase.open(store, engine)) {
            SftData data = SftData.read(StageContext.quiet(new RunFolder(folder.resolve("sft"))), base, config);
            Batch batch = Collator.batch(data.training().subList(0, ROWS));
            LoraAdapter adapter = SftAdapter.create(base, config.lora(), config.seed());
            Random random = new Random(config.seed());
            for (LoraModule module : adapter.modules()) {
                for (int i = 0; i < module.lengthB(); i++) {
                    adapter.values().put(module.offsetB() + i, (float) random.nextGaussian() * DEVIATION_OF_B);
                }
            }
            try (Role role = Role.of(base, AdapterStack.of(base.sites(), List.of(adapter), true))) {
                float loss = SftLoss.lossAndBackward(role, batch, batch.labels());
                FloatBuffer gradients = adapter.gradients();
                float[] gradient = new float[gradients.limit()];
                gradients.get(0, gradient);
                return new Found(loss, gradient, adapter.modules());
            }
        }
    }

    private static double cosine(float[] a, float[] b, int from, int count) {
        double product = 0;
        double squaresA = 0;
        double squaresB = 0;
        for (int i = from; i < from + count; i++) {
            product += (double) a[i] * b[i];
            squaresA += (double) a[i] * a[i];
            squaresB += (double) b[i] * b[i];
        }
        return product / Math.sqrt(squaresA * squaresB);
    }
}
