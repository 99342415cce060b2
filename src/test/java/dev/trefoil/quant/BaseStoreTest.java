package dev.trefoil.quant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trefoil.UserError;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BaseStoreTest {

    /** Odd widths on purpose: sizes that are no multiples of the alignment. */
    private static final Shape SHAPE = new Shape(33, 15, 2, 3, 1, 6, 21, 64);

    @TempDir
    Path parent;

    private Path out;
    private final Map<String, float[]> weights = new TreeMap<>();

    @BeforeEach
    void place() {
        out = parent.resolve("base");
    }

    private BaseConfig write(Precision precision, Precision embeddings, boolean overwrite, long shardBytes)
            throws IOException {
        Switches switches = Switches.llama(1e-5, 10000, 6, false);
        Blueprint blueprint = new Blueprint("llama", SHAPE, switches, new Tokens(1, List.of(2), null), 0.02);
        BaseConfig draft = BaseConfig.draft(
                blueprint, precision, embeddings, new BaseConfig.Source("huggingface", "test", "F32", Map.of()));
        Random random = new Random(3);
        BaseLayout.tensors(draft).forEach((name, declaration) -> {
            float[] values = new float[(int) (declaration.byteCount() / Math.max(1, width(declaration.dtype())))];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) random.nextGaussian();
            }
            weights.put(name, values);
        });
        try (BaseStoreWriter writer = BaseStoreWriter.begin(out, overwrite, shardBytes)) {
            return writer.finish(draft, writer.weights(draft, name -> source(draft, name), bytes -> {}));
        }
    }

    private static int width(String dtype) {
        return dtype.equals("I8") ? 1 : dtype.equals("BF16") ? 2 : 4;
    }

    private RowSource source(BaseConfig config, String name) {
        long[] shape = BaseLayout.tensors(config).get(name).shape();
        int columns = (int) shape[shape.length - 1];
        float[] values = weights.get(name);
        return new RowSource() {
            @Override
            public int rows() {
                return values.length / columns;
            }

            @Override
            public int columns() {
                return columns;
            }

            @Override
            public void read(int firstRow, int count, float[] into) {
                System.arraycopy(values, firstRow * columns, into, 0, count * columns);
            }
        };
    }

    @Test
    void keepsWeightsWithinTheirPrecision() throws IOException {
        for (Precision precision : Precision.values()) {
            BaseConfig written = write(precision, Precision.FP32, true, 4000);
            assertThat(written.shards().size()).isGreaterThan(1);
            try (BaseStore store = BaseStore.open(out)) {
                assertThat(store.config()).isEqualTo(written);
                store.verifyHashes();
                assertThat(store.floats("embed.weight")).isEqualTo(weights.get("embed.weight"));
                assertThat(store.floats("layers.1.norm2.weight")).isEqualTo(weights.get("layers.1.norm2.weight"));
                float[] wanted = weights.get("layers.1.up.weight");
                float[] found = store.floats("layers.1.up.weight");
                float[] tail = store.floats("layers.1.up.weight", 40, 2);
                for (int i = 0; i < wanted.length; i++) {
                    float error = precision == Precision.INT8 ? 0.02f : precision == Precision.BF16 ? 0.01f : 0;
                    assertThat(Math.abs(found[i] - wanted[i])).isLessThanOrEqualTo(error);
                }
                assertThat(tail).containsExactly(java.util.Arrays.copyOfRange(found, 40 * 15, 42 * 15));
            }
        }
    }

    @Test
    void sameWeightsGiveTheSameHash() throws IOException {
        BaseConfig first = write(Precision.INT8, Precision.BF16, false, 1 << 20);
        String json = Files.readString(out.resolve("base.json"));
        BaseConfig second = write(Precision.INT8, Precision.BF16, true, 1 << 20);
        assertThat(second).isEqualTo(first);
        assertThat(Files.readString(out.resolve("base.json"))).isEqualTo(json);
        assertThat(write(Precision.BF16, Precision.BF16, true, 1 << 20).baseHash())
                .isNotEqualTo(first.baseHash());
        try (var entries = Files.list(parent)) {
            assertThat(entries).containsExactly(out);
        }
    }

    @Test
    void refusesToReplaceWithoutLeave() throws IOException {
        write(Precision.INT8, Precision.BF16, false, 1 << 20);
        assertThatThrownBy(() -> write(Precision.INT8, Precision.BF16, false, 1 << 20))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("--overwrite");
        Path other = Files.createDirectory(parent.resolve("other"));
        Files.writeString(other.resolve("precious.txt"), "x");
        assertThatThrownBy(() -> BaseStoreWriter.begin(other, true))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("no base store");
    }

    @Test
    void namesWhatIsDamaged() throws IOException {
        write(Precision.INT8, Precision.BF16, false, 1 << 20);
        Path shard = out.resolve("weights-00001.safetensors");
        try (RandomAccessFile file = new RandomAccessFile(shard.toFile(), "rw")) {
            file.seek(file.length() - 1);
            int last = file.read();
            file.seek(file.length() - 1);
            file.write(last ^ 1);
        }
        try (BaseStore store = BaseStore.open(out)) {
            assertThatThrownBy(store::verifyHashes)
                    .isInstanceOf(UserError.class)
                    .hasMessageContaining("weights-00001");
        }
        try (RandomAccessFile file = new RandomAccessFile(shard.toFile(), "rw")) {
            file.setLength(file.length() - 1);
        }
        assertRefused("damaged");
        Files.delete(shard);
        assertRefused("weights-00001");
        Path json = out.resolve("base.json");
        String text = Files.readString(json);
        Files.writeString(json, text.replace("\"layers\" : 2", "\"layers\" : 1"));
        assertRefused("baseHash");
        Files.writeString(json, text.replace("\"format\" : 1", "\"format\" : 9"));
        assertRefused("format 9");
        Files.writeString(json, "{\"format\":1}");
        assertRefused("base.json");
        Files.writeString(json, "no json");
        assertRefused("base.json");
        Files.delete(json);
        assertRefused("prepare");
    }

    private void assertRefused(String wanted) {
        assertThatThrownBy(() -> BaseStore.open(out))
                .isInstanceOf(UserError.class)
                .hasMessageContaining(wanted);
    }

    @Test
    void namesARowThatIsNotFinite() {
        assertThatThrownBy(() -> RowQuantiser.quantise(new float[] {1, Float.NaN}, 0, 2, new byte[2], 0))
                .isInstanceOf(ArithmeticException.class);
        assertThatThrownBy(() -> RowQuantiser.quantise(new float[] {1, 7e4f}, 0, 2, new byte[2], 0))
                .isInstanceOf(ArithmeticException.class);
    }
}
