package dev.trefoil;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trefoil.adapter.LoraAdapter;
import dev.trefoil.adapter.PeftFiles;
import dev.trefoil.adapter.TaskType;
import dev.trefoil.artifact.Artifact;
import dev.trefoil.artifact.ArtifactWriter;
import dev.trefoil.artifact.AtomicFiles;
import dev.trefoil.artifact.Manifest;
import dev.trefoil.artifact.SafeTensorsFile;
import dev.trefoil.config.ConfigReader;
import dev.trefoil.data.ChatRenderer;
import dev.trefoil.data.DataConfig;
import dev.trefoil.data.DataFile;
import dev.trefoil.data.Format;
import dev.trefoil.data.ReadOptions;
import dev.trefoil.data.Samples;
import dev.trefoil.data.published.Reviews;
import dev.trefoil.data.published.SourceSplit;
import dev.trefoil.data.published.StackExchange;
import dev.trefoil.export.Export;
import dev.trefoil.gguf.GgufFile;
import dev.trefoil.gguf.GgufFormat;
import dev.trefoil.model.EngineConfig;
import dev.trefoil.model.SharedBase;
import dev.trefoil.pipeline.Pipeline;
import dev.trefoil.pipeline.Reproduction;
import dev.trefoil.pipeline.StageKind;
import dev.trefoil.prepare.Prepare;
import dev.trefoil.prepare.PrepareOptions;
import dev.trefoil.prepare.PrepareProgress;
import dev.trefoil.quant.BaseConfig;
import dev.trefoil.quant.BaseStore;
import dev.trefoil.quant.Precision;
import dev.trefoil.report.MetricsLog;
import dev.trefoil.reward.builtin.GoldenScores;
import dev.trefoil.reward.builtin.RewardModels;
import dev.trefoil.stage.pretrain.PretrainConfig;
import dev.trefoil.token.PreferenceConfig;
import dev.trefoil.token.Tokenizer;
import dev.trefoil.train.Checkpoints;
import dev.trefoil.train.LoopState;
import dev.trefoil.train.LoraSettings;
import dev.trefoil.train.OptimConfig;
import dev.trefoil.train.Optimisation;
import dev.trefoil.train.Trainable;
import dev.trefoil.verify.Verify;
import dev.trefoil.verify.VerifyReport;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every parser of files under random damage, see {@link Survival}. */
class DamagedFilesTest {

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
        Survival.ofFile(file, false, 2, DamagedFilesTest::readTensors);
        // The text changes its length, and the number before it with it.
        Path text = Files.write(folder.resolve("header.json"), header);
        Survival.ofFile(text, true, 2, damaged -> {
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
        Survival.ofFile(file, false, damaged -> {
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
            Survival.ofFile(folder.resolve("t").resolve(name), true, 3, damaged -> {
                try (Tokenizer tokenizer = Tokenizer.open(damaged.getParent())) {
                    tokenizer.decode(tokenizer.encode("A fine film.", true).ids(), false);
                }
            });
        }
    }

    @Test
    void published_config_json() throws IOException {
        copy(published, folder.resolve("hf"));
        Survival.ofFile(folder.resolve("hf").resolve("config.json"), true, damaged -> {
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
        Survival.ofFile(index, true, damaged -> {
            Path out = Files.createTempDirectory(folder, "out").resolve("base");
            Prepare.run(damaged.getParent(), out, PrepareOptions.of(Precision.FP32), PrepareProgress.silent());
        });
    }

    @Test
    void base_json() throws IOException {
        copy(prepared, folder.resolve("base"));
        Survival.ofFile(
                folder.resolve("base").resolve("base.json"), true, damaged -> BaseConfig.read(damaged.getParent()));
    }

    @Test
    void base_store() throws IOException {
        copy(prepared, folder.resolve("base"));
        Path base = folder.resolve("base");
        List<String> shards = BaseConfig.read(base).shards().stream()
                .map(BaseConfig.Shard::file)
                .toList();
        for (String name : List.of("base.json", shards.get(0))) {
            Survival.ofFile(base.resolve(name), name.endsWith("json"), 2, damaged -> {
                try (BaseStore store = BaseStore.open(base)) {
                    store.verifyHashes();
                }
            });
        }
    }

    @Test
    void adapter_files() throws IOException {
        try (SharedBase base = SharedBase.open(prepared, EngineConfig.parity())) {
            LoraAdapter adapter = LoraAdapter.create(
                    "a", LoraSettings.of(2, 4, 0).withTargets("all-linear").forFamily("llama"), base.sites(), 1);
            Path peft = folder.resolve("adapter");
            PeftFiles.write(peft, adapter, "tiny", TaskType.CAUSAL_LM);
            Survival.ofFile(
                    peft.resolve("adapter_config.json"),
                    true,
                    2,
                    damaged -> PeftFiles.read(damaged.getParent(), base.sites(), "a"));
            Survival.ofFile(
                    peft.resolve("adapter_model.safetensors"),
                    false,
                    2,
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
        Survival.ofFile(sealed.resolve("manifest.json"), true, damaged -> {
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
            Survival.ofFile(
                    folder.resolve("checkpoints/step-3").resolve(name),
                    name.endsWith("json"),
                    3,
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
            Survival.ofFile(file, true, 2, damaged -> DataFile.readAll(damaged, ReadOptions.defaults()));
        }
        Survival.ofFile(
                lines,
                true,
                damaged -> Samples.training(DataConfig.of(damaged.toString()), folder, ChatRenderer.none())
                        .samples());
    }

    @Test
    void tables_of_data() throws IOException {
        Path csv = Files.writeString(
                folder.resolve("a.csv"), "text,label\n\"A fine, \"\"great\"\" film.\",1\n\"Two\nlines\",0\nDull,0\n");
        Survival.ofFile(csv, true, damaged -> DataFile.readAll(damaged, ReadOptions.defaults()));
    }

    @Test
    void reward_yaml_and_golden_jsonl() throws IOException {
        Path yaml = Files.writeString(
                folder.resolve("reward.yaml"),
                "kind: rule\nrules: [{pattern: \"[a-z]\", score: 1}, {pattern: b, score: -2}]\n");
        RewardModels models = RewardModels.in(folder);
        Survival.ofFile(yaml, true, damaged -> models.open(damaged.toString()).close());
        Path golden = Files.writeString(
                folder.resolve("golden.jsonl"), "{\"prompt\": \"p\", \"response\": \"r\", \"score\": 1.5}\n".repeat(3));
        Survival.ofFile(golden, true, GoldenScores::read);
    }

    @Test
    void metrics_jsonl() throws IOException {
        Path file = Files.writeString(
                folder.resolve("metrics.jsonl"), "{\"step\":1,\"loss\":0.5}\n{\"step\":2,\"loss\":null}\n");
        Survival.ofFile(file, true, MetricsLog::read);
    }

    @Test
    void parquet() throws IOException, SQLException {
        Path parquet = folder.resolve("a.parquet");
        Path packed = folder.resolve("b.parquet");
        try (Connection duck = DriverManager.getConnection("jdbc:duckdb:");
                Statement statement = duck.createStatement()) {
            String rows = "SELECT 'A fine film ' || range AS text, range % 2 AS label, ['x', 'y'] AS l, {'a': 1} AS s,"
                    + " DATE '2020-01-02' AS day, 1.25::DECIMAL(9,2) AS d FROM range(50)";
            statement.execute("COPY (" + rows + ") TO '" + parquet + "' (FORMAT parquet, COMPRESSION uncompressed)");
            statement.execute("COPY (" + rows + ") TO '" + packed + "' (FORMAT parquet, COMPRESSION zstd)");
        }
        for (Path file : List.of(parquet, packed)) {
            Survival.ofFile(file, false, 2, damaged -> DataFile.readAll(damaged, ReadOptions.defaults()));
        }
    }

    @Test
    void xml() throws IOException {
        String posts = """
                <?xml version="1.0" encoding="utf-8"?>
                <posts>
                  <!-- two posts -->
                  <row Id="5" PostTypeId="2" ParentId="9" Score="7" Body="&lt;p&gt;good &#233;&lt;/p&gt;" />
                  <row Id="6" PostTypeId="2" ParentId="9" Score="-3" Body="&lt;p&gt;bad&lt;/p&gt;" />
                  <row Id="9" PostTypeId="1" AcceptedAnswerId="7" Score="1" Title="How?" Body="&lt;pre&gt;x&lt;/pre&gt;" />
                </posts>
                """;
        Path rows = Files.writeString(folder.resolve("rows.xml"), posts);
        Survival.ofFile(rows, true, damaged -> DataFile.readAll(damaged, ReadOptions.defaults()));
        Path site = Files.createDirectories(folder.resolve("tea.stackexchange.com"));
        Path dump = Files.writeString(site.resolve("Posts.xml"), posts);
        Survival.ofFile(dump, true, damaged -> {
            Path out = folder.resolve("out");
            AtomicFiles.deleteTree(out);
            SourceSplit split = new SourceSplit(List.of(damaged), List.of(), 0, Map.of(), 1);
            StackExchange.write(new StackExchange.Options(split, null, 10, true, "64MB"), out, Format.JSON, false);
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"sft", "reward", "ppo", "pipeline"})
    void stage_and_pipeline_yaml(String wanted) throws IOException {
        Path recipe = Files.createDirectories(folder.resolve("pipelines/quickstart"));
        copy(Path.of("configs"), folder.resolve("configs"));
        for (String name : List.of("sft", "reward", "ppo", "pipeline")) {
            Files.copy(Path.of("pipelines/quickstart", name + ".yaml"), recipe.resolve(name + ".yaml"));
        }
        Survival.ofFile(recipe.resolve(wanted + ".yaml"), true, damaged -> {
            if (wanted.equals("pipeline")) {
                Pipeline.load(damaged, List.of(), "tiny", null);
            } else {
                StageKind.valueOf(wanted.toUpperCase(Locale.ROOT)).load(damaged, List.of());
            }
        });
    }

    @Test
    void recipe_yaml() throws IOException {
        Path recipe = Files.createDirectories(folder.resolve("pipelines/sentiment"));
        Path found =
                Files.copy(Path.of("pipelines/sentiment-smollm2/reproduce.yaml"), recipe.resolve("reproduce.yaml"));
        Survival.ofFile(
                found,
                true,
                damaged -> Reproduction.find("sentiment", folder.resolve("pipelines"))
                        .asked("tiny"));
    }

    @Test
    void pretraining_yaml() throws IOException {
        copy(Path.of("pipelines/codeparrot-small"), folder.resolve("pretrain"));
        Survival.ofFile(
                folder.resolve("pretrain/pretrain-tiny.yaml"),
                true,
                damaged -> ConfigReader.read(damaged, List.of(), PretrainConfig.class));
    }

    @Test
    void rows_yaml() throws IOException {
        Path rows = Files.writeString(folder.resolve("rows.yaml"), "length: 64\ntruncate: prompt-left\n");
        Survival.ofFile(rows, true, damaged -> ConfigReader.read(damaged, PreferenceConfig.class));
    }

    @Test
    void compressed_rows() throws IOException {
        Path file = folder.resolve("a.jsonl.gz");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
            out.write("{\"text\": \"A fine film.\", \"label\": 1}\n".repeat(20).getBytes(StandardCharsets.UTF_8));
        }
        Survival.ofFile(file, false, damaged -> DataFile.readAll(damaged, ReadOptions.defaults()));
    }

    @Test
    void tab_separated_rows() throws IOException {
        Path tsv = Files.writeString(
                folder.resolve("a.tsv"), "text\tlabel\nA fine film.\t1\n\"Two\nlines\"\t0\nDull\t0\n");
        Survival.ofFile(tsv, true, damaged -> DataFile.readAll(damaged, ReadOptions.defaults()));
    }

    @Test
    void folders_of_reviews() throws IOException {
        Path source = folder.resolve("train");
        Files.createDirectories(source.resolve("neg"));
        Files.writeString(source.resolve("neg/0_1.txt"), "A dull film.");
        Path good = Files.writeString(
                Files.createDirectories(source.resolve("pos")).resolve("0_9.txt"),
                "A fine film.<br /><br />I was moved.");
        SourceSplit split = new SourceSplit(List.of(source), List.of(), 0, Map.of(), 1);
        Survival.ofFile(good, true, damaged -> {
            Path out = folder.resolve("out");
            AtomicFiles.deleteTree(out);
            Reviews.write(split, out, Format.JSON, true);
        });
    }

    @Test
    void tokenizers_written_as_gguf() throws IOException {
        copy(published, folder.resolve("hf"));
        Path tokenizer = folder.resolve("hf/tokenizer.json");
        Path config = folder.resolve("hf/tokenizer_config.json");
        for (Path file : List.of(tokenizer, config)) {
            Survival.ofFile(
                    file,
                    true,
                    2,
                    damaged -> Export.model(
                            damaged.getParent(),
                            Files.createTempDirectory(folder, "out").resolve("model.gguf"),
                            GgufFormat.F32,
                            PrepareProgress.silent()));
        }
    }

    @Test
    void a_golden_case_whose_checkpoint_has_no_file_name() throws IOException {
        copy(Path.of("src/test/resources/golden/loss_opt"), folder.resolve("case"));
        Path json = folder.resolve("case/case.json");
        Files.writeString(json, Files.readString(json).replace("../arch_opt/model", "\\u0000"));
        VerifyReport report = Verify.run(List.of(folder.resolve("case")), outcome -> {});
        assertThat(report.outcomes())
                .singleElement()
                .satisfies(outcome -> assertThat(outcome.reason()).contains("case.json", "is no file name"));
    }

    @Test
    void golden_cases() throws IOException {
        copy(Path.of("src/test/resources/golden/ppo_math_classic"), folder.resolve("case"));
        for (String name : List.of("case.json", "data.safetensors")) {
            Survival.ofFile(folder.resolve("case").resolve(name), name.endsWith("json"), 2, damaged -> {
                VerifyReport report = Verify.run(List.of(damaged.getParent()), outcome -> {});
                if (!report.ok()) {
                    throw UserError.data("the case fails");
                }
            });
        }
    }
}
