package dev.trefoil.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trefoil.artifact.SafeTensorsFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Blocks that llama.cpp's own Python package decoded and encoded, see scripts/oracle/gguf_blocks.py. */
class GgufFormatTest {

    private static final Path BLOCKS = Path.of("src/test/resources/gguf/blocks.safetensors");

    @ParameterizedTest
    @EnumSource(
            value = GgufFormat.class,
            mode = EnumSource.Mode.EXCLUDE,
            names = {"F32", "F16", "BF16"})
    void decodesBitForBit(GgufFormat format) {
        try (SafeTensorsFile file = SafeTensorsFile.open(BLOCKS)) {
            float[] wanted = file.floats(format.name() + ".values");
            float[] found = new float[wanted.length + 1];
            ByteBuffer bytes = file.bytes(format.name() + ".bytes");
            assertThat(format.bytes(wanted.length)).isEqualTo(bytes.remaining());
            format.decode(bytes, 0, wanted.length, found, 1);
            for (int i = 0; i < wanted.length; i++) {
                assertThat(found[i + 1]).as("%s value %d", format, i).isEqualTo(wanted[i]);
            }
            // one block from the middle
            int block = format.blockElements();
            float[] third = new float[block];
            format.decode(bytes, 2L * block, block, third, 0);
            for (int i = 0; i < block; i++) {
                assertThat(third[i]).isEqualTo(wanted[2 * block + i]);
            }
        }
    }

    @Test
    void encodesQ80BitForBit() {
        try (SafeTensorsFile file = SafeTensorsFile.open(BLOCKS)) {
            float[] source = file.floats("Q8_0.source");
            byte[] wanted = new byte[file.bytes("Q8_0.bytes").remaining()];
            file.bytes("Q8_0.bytes").get(wanted);
            ByteBuffer found = ByteBuffer.allocate(wanted.length).order(ByteOrder.LITTLE_ENDIAN);
            GgufFormat.Q8_0.encode(source, source.length, found);
            assertThat(found.array()).isEqualTo(wanted);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = GgufFormat.class,
            names = {"F32", "F16", "BF16"})
    void plainFormatsComeBack(GgufFormat format) {
        float[] values = {0, -0f, 1, -1.5f, 0.0078125f, 3072};
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(format.writable()).isTrue();
        format.encode(values, values.length, bytes);
        float[] found = new float[values.length];
        format.decode(bytes, 0, values.length, found, 0);
        assertThat(found).isEqualTo(values);
    }

    @Test
    void refusesWhatDoesNotFit() {
        ByteBuffer out = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
        float[] large = new float[32];
        large[3] = 70000;
        assertThatThrownBy(() -> GgufFormat.F16.encode(large, 32, out))
                .isInstanceOf(ArithmeticException.class)
                .hasMessageContaining("65504");
        large[3] = Float.NaN;
        assertThatThrownBy(() -> GgufFormat.Q8_0.encode(large, 32, out)).isInstanceOf(ArithmeticException.class);
        assertThatThrownBy(() -> GgufFormat.Q4_K.encode(large, 32, out)).isInstanceOf(IllegalStateException.class);
        assertThat(GgufFormat.Q4_K.writable()).isFalse();
    }
}
