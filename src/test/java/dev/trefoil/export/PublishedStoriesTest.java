package dev.trefoil.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.trefoil.adapter.AdapterStack;
import dev.trefoil.generate.Generated;
import dev.trefoil.generate.Generator;
import dev.trefoil.generate.SampleKey;
import dev.trefoil.generate.SamplingConfig;
import dev.trefoil.gguf.GgufFormat;
import dev.trefoil.model.EngineConfig;
import dev.trefoil.model.Pass;
import dev.trefoil.model.Role;
import dev.trefoil.model.SharedBase;
import dev.trefoil.prepare.Prepare;
import dev.trefoil.prepare.PrepareOptions;
import dev.trefoil.prepare.PrepareProgress;
import dev.trefoil.quant.Precision;
import dev.trefoil.token.Batch;
import dev.trefoil.token.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A trained model of 260 thousand weights, where it is at hand, writes the story that its author printed. */
class PublishedStoriesTest {

    private static final Path MODEL = Path.of(
            System.getProperty("trefoil.shared", System.getenv().getOrDefault("TREFOIL_SHARED", "../shared")),
            "models",
            "stories260K");

    @TempDir
    private Path folder;

    private JsonNode golden;

    @BeforeEach
    void read() throws IOException {
        Path file = MODEL.resolve("golden.json");
        assumeTrue(Files.isRegularFile(file), "no " + file);
        golden = JsonMapper.builder().build().readTree(file.toFile());
    }

    private SharedBase prepare(Path source, String name) {
        Path base = folder.resolve(name);
        Prepare.run(source, base, PrepareOptions.of(Precision.FP32), PrepareProgress.silent());
        return SharedBase.open(base, EngineConfig.parity());
    }

    private static int[] ints(JsonNode array) {
        return IntStream.range(0, array.size()).map(i -> array.get(i).asInt()).toArray();
    }

    private void writesTheStory(Path source, String name) {
        int[] wanted = ints(golden.at("/greedy_from_bos/ids"));
        try (SharedBase base = prepare(source, name);
                Role role = Role.of(base, AdapterStack.empty(base.sites()))) {
            int[] start = {wanted[0]};
            Generated story = Generator.generate(
                            role,
                            List.of(start),
                            SamplingConfig.greedy(wanted.length - 1),
                            new int[0],
                            new SampleKey(0, "story", 0, 0),
                            1)
                    .get(0);
            Tokenizer tokenizer = base.tokenizer();
            assertThat(tokenizer.decode(story.tokens(), true))
                    .isEqualTo(golden.at("/greedy_from_bos/text").asText());
            assertThat(story.tokens()).isEqualTo(IntStream.of(wanted).skip(1).toArray());
            likesThePrompt(role, tokenizer);
        }
    }

    /** The logits behind a prompt. */
    private void likesThePrompt(Role role, Tokenizer tokenizer) {
        JsonNode prompt = golden.path("prompt");
        int[] ids = tokenizer.encode(prompt.path("text").asText(), true).ids();
        assertThat(ids).isEqualTo(ints(prompt.path("ids")));
        int n = ids.length;
        Batch row = new Batch(1, n, ids, IntStream.range(0, n).toArray(), new int[n], new boolean[n]);
        try (Pass pass = role.infer(row)) {
            float[] logits = role.head().logits(pass, new int[] {n - 1});
            JsonNode first = prompt.path("last_logits_first16");
            double sum = 0;
            for (int i = 0; i < logits.length; i++) {
                sum += Math.exp(logits[i]);
                if (i < first.size()) {
                    assertThat((double) logits[i]).isCloseTo(first.get(i).asDouble(), Offset.offset(1e-3));
                }
            }
            assertThat(Math.log(sum)).isCloseTo(prompt.path("last_logsumexp").asDouble(), Offset.offset(1e-4));
        }
    }

    @Test
    void writesThePublishedStory() {
        writesTheStory(MODEL, "published");
    }

    @Test
    void writesItAgainFromItsGgufFile() {
        Path file = folder.resolve("stories.gguf");
        Export.model(MODEL, file, GgufFormat.F32, PrepareProgress.silent());
        writesTheStory(file, "exported");
    }
}
