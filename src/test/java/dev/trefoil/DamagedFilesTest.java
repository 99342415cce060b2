package dev.trefoil;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.trefoil.adapter.LoraAdapter;
import dev.trefoil.adapter.PeftFiles;
import dev.trefoil.adapter.TaskType;
import dev.trefoil.artifact.Artifact;
import dev.trefoil.artifact.ArtifactWriter;
import dev.trefoil.artifact.Manifest;
import dev.trefoil.artifact.SafeTensorsFile;
import dev.trefoil.data.ChatRenderer;
import dev.trefoil.data.DataConfig;
import dev.trefoil.data.DataFile;
import dev.trefoil.data.ReadOptions;
import dev.trefoil.data.Samples;
import dev.trefoil.gguf.GgufFile;
import dev.trefoil.model.EngineConfig;
import dev.trefoil.model.SharedBase;
import dev.trefoil.prepare.Prepare;
import dev.trefoil.prepare.PrepareOptions;
import dev.trefoil.prepare.PrepareProgress;
import dev.trefoil.quant.BaseConfig;
import dev.trefoil.quant.Precision;
import dev.trefoil.report.MetricsLog;
import dev.trefoil.reward.builtin.GoldenScores;
import dev.trefoil.reward.builtin.RewardModels;
import dev.trefoil.token.Tokenizer;
import dev.trefoil.train.Checkpoints;
import dev.trefoil.train.LoopState;
import dev.trefoil.train.LoraSettings;
import dev.trefoil.train.OptimConfig;
import dev.trefoil.train.Optimisation;
import dev.trefoil.train.Trainable;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every parser under seeded random damage: a fault is a {@link UserError} in one message, never another exception, and a small file
 * never takes much memory. {@code -Dtrefoil.fuzz.seconds=120} gives each parser two minutes, {@code -Dtrefoil.seed=N} other damage.
 */
class DamagedFilesTest {

    private static final double SECONDS = Double.parseDouble(System.getProperty("trefoil.fuzz.seconds", "0.4"));
    private static final long SEED = Long.getLong("trefoil.seed", 1);
    private static final int LEAST_ROUNDS = 20;

    /** What a parser may allocate, in all, for a file of some kilobytes. */
    private static final long MOST_BYTES = 256L << 20;

    @TempDir
    private static Path shared;

    private static Path published;
    private static Path prepared;

    @TempDir
    private Path folder;

    @BeforeAll
    static void publish() {
        published = TinyBase.publish(shared.resolve("published"));
        prepared = TinyBase.prepare(shared);
    }

    /** Opens what lies at a path. */
    @FunctionalInterface
    private interface Parser {
        void read(Path file) throws IOException;
    }

    private void survives(Path file, boolean text, Parser parser) throws IOException {
        byte[] whole = Files.readAllBytes(file);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long end = System.nanoTime() + (long) (SECONDS * 1e9);
        int refused = 0;
        for (long round = 0; round < LEAST_ROUNDS || System.nanoTime() < end; round++) {
            Damage damage = new Damage(SEED * 1_000_003 + round);
            boolean asText = text && round % 4 != 0;
            byte[] damaged = asText
                    ? damage.encoded(damage.text(new String(whole, StandardCharsets.UTF_8)))
                    : damage.bytes(whole);
            Files.write(file, damaged);
            long before = threads.getCurrentThreadAllocatedBytes();
            try {
                parser.read(file);
            } catch (UserError fault) {
                refused++;
                assertThat(fault.getMessage()).as(() -> kept(file, damaged)).isNotBlank();
            } catch (Throwable unexpected) {
                throw new AssertionError(
                        "round " + round + " of seed " + SEED + ": " + kept(file, damaged), unexpected);
            }
            assertThat(threads.getCurrentThreadAllocatedBytes() - before)
                    .as(() -> "bytes allocated for " + kept(file, damaged))
                    .isLessThan(MOST_BYTES);
        }
        Files.write(file, whole);
        parser.read(file);
        assertThat(refused).as("damage was noticed").isPositive();
    }

    /** The file that did it, outside of the folder that goes with the test. */
    private static String kept(Path file, byte[] bytes) {
        try {
            Path kept = Files.createTempFile("trefoil-damaged-", "-" + file.getFileName());
            Files.write(kept, bytes);
            return "the file is " + kept;
        } catch (IOException failed) {
            return "the file cannot be kept: " + failed;
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> walk = Files.walk(from)) {
            for (Path path : (Iterable<Path>) walk::iterator) {
                Path target = to.resolve(from.relativize(path));
                Files.copy(path, target);
                target.toFile().setWritable(true);
            }
        }
    }

    @Test
    void safetensors() throws IOException {
        Path file = folder.resolve("model.safetensors");
        byte[] header =
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,24]},\"b\":{\"dtype\":\"BF16\",\"shape\":[4],\"data_offsets\":[24,32]},\"__metadata__\":{\"format\":\"pt\"}}  "
                        .getBytes(StandardCharsets.UTF_8);
        ByteBuffer bytes = ByteBuffer.allocate(8 + header.length + 32).order(ByteOrder.LITTLE_ENDIAN);
        Files.write(file, bytes.putLong(header.length).put(header).array());
        survives(file, false, DamagedFilesTest::readTensors);
        // The text changes its length, and the number before it with it.
        Path text = Files.write(folder.resolve("header.json"), header);
        survives(text, true, damaged -> {
            byte[] other = Files.readAllBytes(damaged);
            ByteBuffer whole = ByteBuffer.allocate(8 + other.length + 32).order(ByteOrder.LITTLE_ENDIAN);
            Files.write(file, whole.putLong(other.length).put(other).array());
            readTensors(file);
        });
    }

    private static void readTensors(Path file) {
        try (SafeTensorsFile tensors = SafeTensorsFile.open(file)) {
            tensors.metadata();
            for (String name : tensors.names()) {
                tensors.bytes(name);
                tensors.floats(name);
            }
        }
    }

    @Test
    void gguf() throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(4096).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putInt(0x46554747).putInt(3).putLong(1).putLong(3);
        text(bytes, "general.architecture").putInt(8);
        text(bytes, "llama");
        text(bytes, "llama.block_count").putInt(4).putInt(2);
        text(bytes, "tokenizer.ggml.tokens").putInt(9).putInt(8).putLong(2);
        text(bytes, "a");
        text(bytes, "b");
        text(bytes, "token_embd.weight")
                .putInt(2)
                .putLong(8)
                .putLong(4)
                .putInt(0)
                .putLong(0);
        bytes.position((bytes.position() + 31) / 32 * 32 + 8 * 4 * Float.BYTES);
        byte[] whole = new byte[bytes.position()];
        bytes.flip().get(whole);
        Path file = Files.write(folder.resolve("tiny.gguf"), whole);
        survives(file, false, damaged -> {
            try (GgufFile read = GgufFile.open(damaged)) {
                read.tensors().values().forEach(read::bytes);
            }
        });
    }

    private static ByteBuffer text(ByteBuffer to, String text) {
        return to.putLong(text.length()).put(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void tokenizer_json() throws IOException {
        copy(published, folder.resolve("t"));
        for (String name : List.of("tokenizer.json", "tokenizer_config.json", "config.json")) {
            survives(folder.resolve("t").resolve(name), true, damaged -> {
                try (Tokenizer tokenizer = Tokenizer.open(damaged.getParent())) {
                    tokenizer.decode(tokenizer.encode("A fine film.", true).ids(), false);
                }
            });
        }
    }

    @Test
    void published_config_json() throws IOException {
        copy(published, folder.resolve("hf"));
        survives(folder.resolve("hf").resolve("config.json"), true, damaged -> {
            Path out = Files.createTempDirectory(folder, "out").resolve("base");
            Prepare.run(damaged.getParent(), out, PrepareOptions.of(Precision.FP32), PrepareProgress.silent());
        });
    }

    @Test
    void shard_index() throws IOException {
        Path hf = folder.resolve("hf");
        copy(published, hf);
        Files.move(hf.resolve("model.safetensors"), hf.resolve("model-00001-of-00001.safetensors"));
        Path index = hf.resolve("model.safetensors.index.json");
        Files.writeString(
                index,
                "{\"metadata\": {\"total_size\": 1}, \"weight_map\": {\"model.norm.weight\": \"model-00001-of-00001.safetensors\"}}");
        survives(index, true, damaged -> {
            Path out = Files.createTempDirectory(folder, "out").resolve("base");
            Prepare.run(damaged.getParent(), out, PrepareOptions.of(Precision.FP32), PrepareProgress.silent());
        });
    }

    @Test
    void base_json() throws IOException {
        copy(prepared, folder.resolve("base"));
        survives(folder.resolve("base").resolve("base.json"), true, damaged -> BaseConfig.read(damaged.getParent()));
    }

    @Test
    void adapter_files() throws IOException {
        try (SharedBase base = SharedBase.open(prepared, EngineConfig.parity())) {
            LoraAdapter adapter = LoraAdapter.create(
                    "a", LoraSettings.of(2, 4, 0).withTargets("all-linear").forFamily("llama"), base.sites(), 1);
            Path peft = folder.resolve("adapter");
            PeftFiles.write(peft, adapter, "tiny", TaskType.CAUSAL_LM);
            survives(
                    peft.resolve("adapter_config.json"),
                    true,
                    damaged -> PeftFiles.read(damaged.getParent(), base.sites(), "a"));
            survives(
                    peft.resolve("adapter_model.safetensors"),
                    false,
                    damaged -> PeftFiles.read(damaged.getParent(), base.sites(), "a"));
        }
    }

    @Test
    void manifest_json() throws IOException {
        Path sealed = folder.resolve("sft");
        ArtifactWriter.write(sealed, draft -> {
            Files.writeString(draft.folder().resolve("a.txt"), "sealed");
            return Manifest.of(
                    "sft",
                    1,
                    Map.of("base", "00", "tokenizer", "00", "data", "00", "config", "00"),
                    Map.of(),
                    List.of(new Manifest.GoldenScore("p", "r", 0.5)));
        });
        survives(sealed.resolve("manifest.json"), true, damaged -> {
            Artifact artifact = Artifact.open(damaged.getParent());
            artifact.hash();
            artifact.requireKind("sft").requireBase("00", "base");
        });
    }

    @Test
    void checkpoint_files() throws IOException {
        float[] numbers = {1, 2, 3};
        Trainable part = trainable(numbers);
        Optimisation optimisation = Optimisation.of(OptimConfig.defaults(), 10, part);
        optimisation.step(1);
        Checkpoints checkpoints = Checkpoints.in(folder.resolve("checkpoints"), 2, "run", optimisation.parameters());
        checkpoints.save(LoopState.of(3, -1, Map.of("loss", 0.5)), optimisation);
        for (String name : List.of("state.json", "parameters.safetensors", "optimiser.safetensors")) {
            survives(
                    folder.resolve("checkpoints/step-3").resolve(name),
                    name.endsWith("json"),
                    damaged -> checkpoints.restore(Optimisation.of(OptimConfig.defaults(), 10, trainable(numbers))));
        }
    }

    private static Trainable trainable(float[] numbers) {
        ByteBuffer bytes =
                ByteBuffer.allocateDirect(2 * numbers.length * Float.BYTES).order(ByteOrder.nativeOrder());
        return Trainable.of(
                "a",
                bytes.slice(0, numbers.length * Float.BYTES)
                        .order(ByteOrder.nativeOrder())
                        .asFloatBuffer()
                        .put(numbers)
                        .flip(),
                bytes.slice(numbers.length * Float.BYTES, numbers.length * Float.BYTES)
                        .order(ByteOrder.nativeOrder())
                        .asFloatBuffer());
    }

    @Test
    void rows_of_data() throws IOException {
        Path lines = Files.writeString(
                folder.resolve("a.jsonl"),
                "{\"text\": \"A fine film.\", \"label\": 1, \"more\": [1, {\"a\": null}]}\n".repeat(5));
        Path array = Files.writeString(
                folder.resolve("a.json"), "[{\"text\": \"A fine film.\"}, {\"text\": \"Dull.\", \"n\": 1e5}]");
        for (Path file : List.of(lines, array)) {
            survives(file, true, damaged -> DataFile.readAll(damaged, ReadOptions.defaults()));
        }
        survives(
                lines,
                true,
                damaged -> Samples.training(DataConfig.of(damaged.toString()), folder, ChatRenderer.none())
                        .samples());
    }

    @Test
    void tables_of_data() throws IOException {
        Path csv = Files.writeString(
                folder.resolve("a.csv"), "text,label\n\"A fine, \"\"great\"\" film.\",1\n\"Two\nlines\",0\nDull,0\n");
        survives(csv, true, damaged -> DataFile.readAll(damaged, ReadOptions.defaults()));
    }

    @Test
    void reward_yaml_and_golden_jsonl() throws IOException {
        Path yaml = Files.writeString(
                folder.resolve("reward.yaml"),
                "kind: rule\nrules: [{pattern: \"[a-z]\", score: 1}, {pattern: b, score: -2}]\n");
        RewardModels models = RewardModels.in(folder);
        survives(yaml, true, damaged -> models.open(damaged.toString()).close());
        Path golden = Files.writeString(
                folder.resolve("golden.jsonl"), "{\"prompt\": \"p\", \"response\": \"r\", \"score\": 1.5}\n".repeat(3));
        survives(golden, true, GoldenScores::read);
    }

    @Test
    void metrics_jsonl() throws IOException {
        Path file = Files.writeString(
                folder.resolve("metrics.jsonl"), "{\"step\":1,\"loss\":0.5}\n{\"step\":2,\"loss\":null}\n");
        survives(file, true, MetricsLog::read);
    }
}
