package dev.trefoil;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trefoil.artifact.Artifact;
import dev.trefoil.artifact.ArtifactWriter;
import dev.trefoil.artifact.Manifest;
import dev.trefoil.artifact.SafeTensorsFile;
import dev.trefoil.data.DataFile;
import dev.trefoil.data.ReadOptions;
import dev.trefoil.gguf.GgufFile;
import dev.trefoil.prepare.Prepare;
import dev.trefoil.prepare.PrepareOptions;
import dev.trefoil.prepare.PrepareProgress;
import dev.trefoil.quant.BaseStore;
import dev.trefoil.quant.Precision;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files made to reach outside of their folder, or to take all memory: each is refused in one message. */
class HostileFilesTest {

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final int GGUF = 0x46554747;
    private static final int STRING = 8;
    private static final int LIST = 9;

    @TempDir
    private Path folder;

    private static void refused(Runnable read, String... wanted) {
        assertThatThrownBy(read::run)
                .isInstanceOfSatisfying(
                        UserError.class,
                        error -> assertThat(error.getMessage()).contains(wanted).doesNotContain("\n"));
    }

    /** What is outside could be read: the index alone must be the reason. */
    @ParameterizedTest
    @ValueSource(strings = {"../outside.safetensors", "/outside.safetensors", "a/../../outside.safetensors"})
    void a_shard_index_reaches_no_other_folder(String name) throws IOException {
        Path hf = TinyBase.publish(folder.resolve("hf"));
        Path outside = Files.move(hf.resolve("model.safetensors"), folder.resolve("outside.safetensors"));
        String shard = name.startsWith("/") ? outside.toString() : name;
        ObjectNode map = JSON.createObjectNode();
        try (SafeTensorsFile tensors = SafeTensorsFile.open(outside)) {
            tensors.names().forEach(tensor -> map.put(tensor, shard));
        }
        Files.writeString(
                hf.resolve("model.safetensors.index.json"),
                JSON.writeValueAsString(Map.of("metadata", Map.of(), "weight_map", map)));
        refused(
                () -> Prepare.run(
                        hf, folder.resolve("out"), PrepareOptions.of(Precision.FP32), PrepareProgress.silent()),
                "model.safetensors.index.json",
                "outside.safetensors");
    }

    @Test
    void a_manifest_reaches_no_other_folder() throws IOException {
        Path sealed = folder.resolve("sft");
        ArtifactWriter.write(sealed, draft -> {
            Files.writeString(draft.folder().resolve("a.txt"), "sealed");
            return Manifest.of("sft", 1, Map.of("base", "00"), Map.of(), List.of());
        });
        Files.move(sealed.resolve("a.txt"), folder.resolve("a.txt"));
        Path manifest = sealed.resolve("manifest.json");
        Files.writeString(manifest, Files.readString(manifest).replace("\"a.txt\"", "\"../a.txt\""));
        refused(() -> Artifact.open(sealed), "../a.txt", "outside");
    }

    @Test
    void a_base_reaches_no_other_folder() throws IOException {
        Path base = TinyBase.prepare(folder);
        Path weights = base.resolve("weights-00001.safetensors");
        Files.move(weights, folder.resolve("weights-00001.safetensors"));
        Path config = base.resolve("base.json");
        config.toFile().setWritable(true);
        Files.writeString(config, Files.readString(config).replace("\"weights-00001", "\"../weights-00001"));
        refused(() -> BaseStore.open(base).close(), "base.json", "../weights-00001");
    }

    /** A header of a few bytes that promises more than there is memory. */
    @ParameterizedTest
    @CsvSource({"tensors", "values", "text", "list", "nested", "shape"})
    void gguf_bombs(String kind) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(4096)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(GGUF)
                .putInt(3);
        long huge = 1L << 40;
        switch (kind) {
            case "tensors" -> bytes.putLong(huge).putLong(0);
            case "values" -> bytes.putLong(0).putLong(huge);
            case "text" -> bytes.putLong(0).putLong(1).putLong(huge);
            case "list" -> key(bytes.putLong(0).putLong(1), LIST).putInt(STRING).putLong(huge);
            case "nested" -> {
                key(bytes.putLong(0).putLong(1), LIST);
                for (int depth = 0; depth < 300; depth++) {
                    bytes.putInt(LIST).putLong(1);
                }
            }
            default -> {
                text(bytes.putLong(1).putLong(0), "token_embd.weight");
                bytes.putInt(2).putLong(huge).putLong(huge).putInt(0).putLong(0);
            }
        }
        Path file = Files.write(folder.resolve("bomb.gguf"), bytes.array());
        refused(
                () -> {
                    try (GgufFile read = GgufFile.open(file)) {
                        read.tensors().values().forEach(read::bytes);
                    }
                },
                "bomb.gguf");
    }

    private static ByteBuffer key(ByteBuffer to, int type) {
        return text(to, "general.name").putInt(type);
    }

    private static ByteBuffer text(ByteBuffer to, String text) {
        return to.putLong(text.length()).put(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void a_safetensors_header_longer_than_any_is_not_read() throws IOException {
        Path file = folder.resolve("bomb.safetensors");
        try (var channel = Files.newByteChannel(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            ByteBuffer length =
                    ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(0, 3L << 30);
            channel.write(length);
            // A sparse file, so that the header could be there.
            channel.position(4L << 30);
            channel.write(ByteBuffer.allocate(1));
        }
        refused(() -> SafeTensorsFile.open(file).close(), "bomb.safetensors", "header");
    }

    @Test
    void rows_with_nul_bytes_are_named_and_escaped_ones_are_text() throws IOException {
        Path raw = folder.resolve("raw.jsonl");
        Files.writeString(raw, "{\"text\": \"fine\"}\n{\"text\": \"a\u0000b\"}\n");
        refused(() -> DataFile.readAll(raw, ReadOptions.defaults()), "raw.jsonl", "2");
        Path only = Files.write(folder.resolve("only.jsonl"), new byte[5000]);
        refused(() -> DataFile.readAll(only, ReadOptions.defaults()), "only.jsonl");
        Path escaped = Files.writeString(folder.resolve("escaped.jsonl"), "{\"text\": \"a\\u0000b\"}\n");
        assertThat(DataFile.readAll(escaped, ReadOptions.defaults()).get(0).values())
                .containsEntry("text", "a\u0000b");
    }

    @Test
    void a_compressed_line_that_grows_without_end_is_refused() throws IOException {
        Path file = folder.resolve("bomb.jsonl.gz");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
            out.write("{\"text\": \"".getBytes(StandardCharsets.UTF_8));
            byte[] piece = "a".repeat(1 << 20).getBytes(StandardCharsets.UTF_8);
            for (int i = 0; i < 80; i++) {
                out.write(piece);
            }
        }
        assertThat(Files.size(file)).isLessThan(1 << 20);
        refused(() -> DataFile.readAll(file, ReadOptions.defaults()), "bomb.jsonl.gz", "longer than");
    }

    @Test
    void quotes_of_a_table_that_never_end_are_named() throws IOException {
        Path open = Files.writeString(folder.resolve("open.csv"), "text,label\nfine,1\n\"never ends,0\n");
        refused(() -> DataFile.readAll(open, ReadOptions.defaults()), "open.csv");
        Path quoted = Files.writeString(
                folder.resolve("quoted.csv"), "text,label\n\"He said \"\"no\"\",\nand left\",1\n'single',0\n");
        List<?> texts = DataFile.readAll(quoted, ReadOptions.defaults()).stream()
                .map(row -> row.values().get("text"))
                .toList();
        assertThat(texts).isEqualTo(List.of("He said \"no\",\nand left", "'single'"));
    }
}
