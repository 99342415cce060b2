package dev.trefoil.artifact;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trefoil.UserError;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SafeTensorsTest {

    @TempDir
    Path folder;

    @Test
    void readsBackWhatWasWritten() throws IOException {
        Path file = folder.resolve("a.safetensors");
        Map<String, SafeTensorsWriter.Tensor> tensors = new LinkedHashMap<>();
        tensors.put("f", SafeTensorsWriter.Tensor.of(new float[] {1.5f, -2, Float.MIN_VALUE}, 3));
        tensors.put("l", SafeTensorsWriter.Tensor.of(new long[] {1L << 40, -7}, 2, 1));
        tensors.put("b", SafeTensorsWriter.Tensor.of(new byte[] {-128, 127}, 2));
        tensors.put("empty", SafeTensorsWriter.Tensor.of(new float[0], 0, 4));
        tensors.put("scalar", SafeTensorsWriter.Tensor.of(new float[] {3}));
        SafeTensorsWriter.write(file, tensors, Map.of("format", "pt"));
        try (SafeTensorsFile read = SafeTensorsFile.open(file)) {
            assertThat(read.floats("f")).containsExactly(1.5f, -2, Float.MIN_VALUE);
            assertThat(read.floats("f", 1, 1)).containsExactly(-2);
            assertThat(read.longs("l")).containsExactly(1L << 40, -7);
            assertThat(read.longs("b")).containsExactly(-128, 127);
            assertThat(read.floats("b")).containsExactly(-128, 127);
            assertThat(read.floats("empty")).isEmpty();
            assertThat(read.floats("scalar")).containsExactly(3);
            assertThat(read.metadata()).isEqualTo(Map.of("format", "pt"));
            assertThat(read.info("l").shape()).containsExactly(2, 1);
            assertThat(read.bytes("f").isReadOnly()).isTrue();
            assertThat(read.bytes("f").isDirect()).isTrue();
            assertThat(read.bytes("f").order()).isEqualTo(ByteOrder.LITTLE_ENDIAN);
            assertThatThrownBy(() -> read.info("none"))
                    .isInstanceOf(UserError.class)
                    .hasMessageContaining("none");
            assertThatThrownBy(() -> read.longs("f"))
                    .isInstanceOf(UserError.class)
                    .hasMessageContaining("F32");
        }
    }

    @Test
    void sameInputGivesSameBytesAndAlignedData() throws IOException {
        Map<String, SafeTensorsWriter.Declaration> given = new LinkedHashMap<>();
        given.put("odd8", new SafeTensorsWriter.Declaration("I8", new long[] {3}));
        given.put("odd32", new SafeTensorsWriter.Declaration("F32", new long[] {3}));
        given.put("even8", new SafeTensorsWriter.Declaration("I8", new long[] {2, 64}));
        given.put("even32", new SafeTensorsWriter.Declaration("F32", new long[] {16}));
        var ordered = SafeTensorsWriter.alignedOrder(given, 64);
        assertThat(ordered.keySet()).containsExactly("even8", "even32", "odd32", "odd8");
        byte[][] copies = new byte[2][];
        for (int i = 0; i < 2; i++) {
            Path file = folder.resolve(i + ".safetensors");
            try (var writer = SafeTensorsWriter.create(file, ordered, Map.of("b", "1", "a", "2"), 64)) {
                for (var entry : ordered.entrySet()) {
                    int half = (int) entry.getValue().byteCount() / 2;
                    int rest = (int) entry.getValue().byteCount() - half;
                    writer.append(entry.getKey(), ByteBuffer.allocate(half));
                    writer.append(entry.getKey(), ByteBuffer.allocate(rest));
                }
            }
            copies[i] = Files.readAllBytes(file);
        }
        assertThat(copies[0]).isEqualTo(copies[1]);
        long headerBytes =
                ByteBuffer.wrap(copies[0]).order(ByteOrder.LITTLE_ENDIAN).getLong();
        assertThat((8 + headerBytes) % 64).isZero();
        try (SafeTensorsFile read = SafeTensorsFile.open(folder.resolve("0.safetensors"))) {
            assertThat(read.bytes("even32").alignmentOffset(0, 64)).isZero();
            assertThat(read.bytes("odd32").alignmentOffset(0, 4)).isZero();
        }
    }

    @Test
    void writerRefusesWrongTurnAndMissingBytes() throws IOException {
        Path file = folder.resolve("a.safetensors");
        var declared = Map.of("x", new SafeTensorsWriter.Declaration("I8", new long[] {4}));
        var writer = SafeTensorsWriter.create(file, declared, Map.of(), 64);
        assertThatThrownBy(() -> writer.append("y", ByteBuffer.allocate(1))).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> writer.append("x", ByteBuffer.allocate(5))).isInstanceOf(IllegalStateException.class);
        writer.append("x", ByteBuffer.allocate(3));
        assertThatThrownBy(writer::close).isInstanceOf(IOException.class).hasMessageContaining("3 of 4");
        assertThatThrownBy(() -> SafeTensorsFile.open(file)).isInstanceOf(UserError.class);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}} | 4 | wanted 8",
                "{\"x\":{\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,8]}} | 8 | shape [-2]",
                "{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}} | 4 | truncated",
                "{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}} | 9 | damaged",
                "{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[-8,0]}} | 8 | [-8, 0]",
                "{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]}} | 8 | [8, 0]",
                "{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0]}} | 8 | data_offsets",
                "{\"x\":{\"dtype\":\"F32\",\"shape\":2,\"data_offsets\":[0,8]}} | 8 | shape",
                "{\"x\":{\"dtype\":\"F32\",\"shape\":[2.5],\"data_offsets\":[0,8]}} | 8 | 2.5",
                "{\"x\":{\"dtype\":\"F32\",\"shape\":[9000000000000000000,4],\"data_offsets\":[0,8]}} | 8 | shape",
                "{\"x\":{\"dtype\":\"Q4\",\"shape\":[2],\"data_offsets\":[0,8]}} | 8 | 'Q4'",
                "{\"x\":7} | 8 | dtype",
                "{\"x\":{\"dtype\":\"I8\",\"shape\":[2],\"data_offsets\":[1,3]}} | 3 | hole",
                "{\"x\":{\"dtype\":\"I8\",\"shape\":[2],\"data_offsets\":[0,2]},"
                        + "\"y\":{\"dtype\":\"I8\",\"shape\":[2],\"data_offsets\":[1,3]}} | 3 | overlaps",
                "{\"x\":{\"dtype\":\"I8\",\"shape\":[1],\"data_offsets\":[0,1]},"
                        + "\"x\":{\"dtype\":\"I8\",\"shape\":[1],\"data_offsets\":[1,2]}} | 2 | unique",
                "[1] | 0 | no object",
                "{\"x\": | 0 | JSON",
                "{} {} | 0 | JSON",
            })
    void namesTheFaultOfABrokenHeader(String json, int dataBytes, String wanted) throws IOException {
        Path file = file(json.getBytes(StandardCharsets.UTF_8), json.length(), dataBytes);
        assertThatThrownBy(() -> SafeTensorsFile.open(file))
                .isInstanceOf(UserError.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining(wanted);
    }

    @ParameterizedTest
    @CsvSource({"-1", "0", "100000001", "99", "9223372036854775807"})
    void refusesAHeaderLengthThatCannotBe(long length) throws IOException {
        Path file = file("{}".getBytes(StandardCharsets.UTF_8), length, 0);
        assertThatThrownBy(() -> SafeTensorsFile.open(file))
                .isInstanceOf(UserError.class)
                .hasMessageContaining(file.toString());
    }

    @Test
    void refusesMissingEmptyAndTruncatedFiles() throws IOException {
        assertThatThrownBy(() -> SafeTensorsFile.open(folder.resolve("none")))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("no such file");
        Path empty = Files.createFile(folder.resolve("empty"));
        assertThatThrownBy(() -> SafeTensorsFile.open(empty)).isInstanceOf(UserError.class);
        assertThatThrownBy(() -> SafeTensorsFile.open(folder)).isInstanceOf(UserError.class);
    }

    /** Any damage of one byte in the header or a cut anywhere either reads or is refused in words; nothing else comes out. */
    @Test
    void survivesRandomDamage() throws IOException {
        Path file = folder.resolve("a.safetensors");
        Map<String, SafeTensorsWriter.Tensor> tensors = new LinkedHashMap<>();
        tensors.put("first", SafeTensorsWriter.Tensor.of(new float[] {1, 2, 3, 4}, 2, 2));
        tensors.put("second", SafeTensorsWriter.Tensor.of(new byte[] {1, 2, 3}, 3));
        SafeTensorsWriter.write(file, tensors);
        byte[] whole = Files.readAllBytes(file);
        Random random = new Random(7);
        for (int round = 0; round < 1500; round++) {
            byte[] damaged = whole.clone();
            if (round % 3 == 0) {
                damaged = Arrays.copyOf(damaged, random.nextInt(whole.length));
            } else {
                damaged[random.nextInt(whole.length)] = (byte) random.nextInt();
            }
            Files.write(file, damaged);
            try (SafeTensorsFile read = SafeTensorsFile.open(file)) {
                read.names().forEach(read::floats);
            } catch (UserError refused) {
                assertThat(refused).hasMessageContaining(file.toString());
            }
        }
    }

    private Path file(byte[] header, long length, int dataBytes) throws IOException {
        ByteBuffer all = ByteBuffer.allocate(8 + header.length + dataBytes).order(ByteOrder.LITTLE_ENDIAN);
        all.putLong(length).put(header);
        return Files.write(folder.resolve("broken.safetensors"), all.array());
    }
}
