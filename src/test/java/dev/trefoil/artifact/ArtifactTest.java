package dev.trefoil.artifact;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import dev.trefoil.artifact.SafeTensorsWriter.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ArtifactTest {

    @TempDir
    Path runs;

    private static Manifest manifest(String kind) {
        return Manifest.of(
                kind,
                7,
                Map.of(Manifest.BASE, "a".repeat(64), Manifest.TOKENIZER, "b".repeat(64)),
                Map.of(),
                List.of(new Manifest.GoldenScore("a film", " was \"gut\" ü", 0.1)));
    }

    private Artifact sft(String name, String text) throws IOException {
        return ArtifactWriter.write(runs.resolve(name), draft -> {
            Files.createDirectories(draft.folder().resolve("adapter"));
            Files.writeString(draft.folder().resolve("adapter/weights"), text);
            Files.writeString(draft.record("metrics.jsonl"), "{\"seconds\": " + System.nanoTime() + "}");
            return manifest("sft");
        });
    }

    private Artifact reward(float... weights) throws IOException {
        return ArtifactWriter.write(runs.resolve("reward"), draft -> {
            SafeTensorsWriter.write(
                    draft.folder().resolve("head.safetensors"),
                    Map.of("score.weight", Tensor.of(weights, 1, weights.length)));
            return manifest("reward");
        });
    }

    private static void assertRefused(ThrowingCallable call, ExitCode code, String... parts) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        UserError.class, error -> assertThat(error.code()).isEqualTo(code))
                .hasMessageContainingAll(parts);
    }

    private List<String> leftOvers() throws IOException {
        try (Stream<Path> names = Files.list(runs)) {
            return names.map(path -> path.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void what_is_sealed_is_read_back() throws IOException {
        Artifact written = sft("sft", "one");
        Artifact opened = Artifact.open(runs.resolve("sft"));
        assertThat(opened.manifest()).isEqualTo(written.manifest());
        assertThat(opened.hash()).isEqualTo(written.hash()).isEqualTo(Hashes.sha256(runs.resolve("sft/manifest.json")));
        assertThat(opened.manifest().files())
                .containsExactly(new Manifest.SealedFile("adapter/weights", 3, Hashes.sha256("one")));
        assertThat(opened.manifest().records()).containsExactly("metrics.jsonl");
        assertThat(opened.adapter()).isEqualTo(runs.resolve("sft/adapter"));
        assertThat(leftOvers()).containsExactly("sft");
    }

    @Test
    void the_identity_depends_on_what_is_sealed_only() throws IOException {
        String first = sft("one", "same").hash();
        assertThat(sft("two", "same").hash()).isEqualTo(first);
        assertThat(sft("three", "other").hash()).isNotEqualTo(first);
        Files.writeString(runs.resolve("one/metrics.jsonl"), "changed");
        assertThat(Artifact.open(runs.resolve("one")).hash()).isEqualTo(first);
    }

    @Test
    void an_earlier_artifact_is_replaced_and_anything_else_is_not() throws IOException {
        sft("sft", "one");
        sft("sft", "two");
        assertThat(runs.resolve("sft/adapter/weights")).hasContent("two");
        Files.createDirectories(runs.resolve("thesis"));
        sft("thesis", "fine, it was empty");
        Files.createDirectories(runs.resolve("photos"));
        Files.writeString(runs.resolve("photos/cat"), "");
        assertRefused(() -> sft("photos", "one"), ExitCode.CONFIG_OR_DATA, "is no artifact", "photos");
        assertThat(leftOvers()).containsExactly("photos", "sft", "thesis");
    }

    @Test
    void a_failed_write_leaves_the_earlier_one_and_nothing_else() throws IOException {
        sft("sft", "one");
        assertThatThrownBy(() -> ArtifactWriter.write(runs.resolve("sft"), draft -> {
                    Files.writeString(draft.folder().resolve("half"), "");
                    throw new IOException("disk full");
                }))
                .hasMessage("disk full");
        assertThat(Artifact.open(runs.resolve("sft")).file("adapter/weights")).hasContent("one");
        assertThat(leftOvers()).containsExactly("sft");
    }

    @Test
    void damage_is_found() throws IOException {
        sft("sft", "one");
        Path weights = runs.resolve("sft/adapter/weights");
        Files.writeString(weights, "two");
        assertRefused(() -> Artifact.open(runs.resolve("sft")), ExitCode.CONTRACT, "adapter/weights was changed");
        Files.writeString(weights, "longer");
        assertRefused(() -> Artifact.open(runs.resolve("sft")), ExitCode.CONTRACT, "has 6 bytes, sealed were 3");
        Files.delete(weights);
        assertRefused(() -> Artifact.open(runs.resolve("sft")), ExitCode.CONTRACT, "adapter/weights is missing");
        Path manifest = runs.resolve("sft/manifest.json");
        String sealed = Files.readString(manifest);
        for (String path : List.of("null", "\"a\\u0000b\"", "\"\\ud800\"")) {
            Files.writeString(manifest, sealed.replace("\"adapter/weights\"", path));
            assertRefused(() -> Artifact.open(runs.resolve("sft")), ExitCode.CONTRACT, "not a manifest");
        }
        Files.writeString(manifest, sealed.replace("adapter/weights", "../../etc/passwd"));
        assertRefused(() -> Artifact.open(runs.resolve("sft")), ExitCode.CONTRACT, "lies outside");
        Files.writeString(manifest, "{\"format\": 9}");
        assertRefused(() -> Artifact.open(runs.resolve("sft")), ExitCode.CONTRACT, "format: found 9, wanted 1");
        Files.writeString(manifest, "{\"format\": 1, \"kind\"");
        assertRefused(() -> Artifact.open(runs.resolve("sft")), ExitCode.CONTRACT, "damaged");
        assertRefused(() -> Artifact.open(runs), ExitCode.CONFIG_OR_DATA, "no artifact", "finished stage");
    }

    @Test
    void a_misfit_is_explained() throws IOException {
        Artifact artifact = sft("sft", "one");
        artifact.requireKind("sft", "ppo").requireBase("a".repeat(64), "base").requireTokenizer("b".repeat(64), "base");
        assertRefused(() -> artifact.requireKind("reward"), ExitCode.CONTRACT, "kind sft, wanted reward");
        assertRefused(
                () -> artifact.requireBase("c".repeat(64), "bases/other"),
                ExitCode.CONTRACT,
                "base aaaaaaaaaaaa",
                "bases/other is cccccccccccc",
                "run the sft stage again");
        assertRefused(
                () -> artifact.requireTokenizer("c".repeat(64), "bases/other"),
                ExitCode.CONTRACT,
                "tokenizer bbbbbbbbbbbb",
                "token ids");
        Artifact child = ArtifactWriter.write(
                runs.resolve("ppo"),
                draft -> Manifest.of("ppo", 1, Map.of(), Map.of("sft", artifact.hash()), List.of()));
        child.requireParent("sft", artifact);
        Artifact other = sft("other", "two");
        assertRefused(
                () -> child.requireParent("sft", other), ExitCode.CONTRACT, "builds on the sft artifact", "other");
    }

    @Test
    void a_reward_model_needs_a_head() throws IOException {
        assertThat(reward(1, 2).kind()).isEqualTo("reward");
        assertRefused(() -> reward(0, 0), ExitCode.CONTRACT, "all weights are zero");
        assertRefused(() -> reward(1, Float.NaN), ExitCode.CONTRACT, "NaN");
        assertRefused(
                () -> ArtifactWriter.write(runs.resolve("headless"), draft -> manifest("reward")),
                ExitCode.CONTRACT,
                "without its score head",
                "score.weight");
        Files.delete(runs.resolve("reward/head.safetensors"));
        assertRefused(() -> Artifact.open(runs.resolve("reward")), ExitCode.CONTRACT, "head.safetensors is missing");
        sft("sft", "one");
        Path manifest = runs.resolve("sft/manifest.json");
        Files.writeString(manifest, Files.readString(manifest).replace("\"sft\"", "\"reward\""));
        assertRefused(() -> Artifact.open(runs.resolve("sft")), ExitCode.CONTRACT, "without its score head");
    }

    @Test
    void the_head_may_lie_in_the_peft_files() throws IOException {
        Artifact artifact = ArtifactWriter.write(runs.resolve("reward"), draft -> {
            Files.createDirectories(draft.folder().resolve("adapter"));
            SafeTensorsWriter.write(
                    draft.folder().resolve("adapter/adapter_model.safetensors"),
                    Map.of("base_model.model.score.weight", Tensor.of(new float[] {1, 2}, 1, 2)));
            return manifest("reward");
        });
        assertThat(Artifact.open(artifact.folder()).kind()).isEqualTo("reward");
    }

    @Test
    void the_version_is_that_of_the_build() throws IOException {
        assertThat(Files.readString(Path.of("pom.xml"))).contains("<version>" + Manifest.VERSION + "</version>");
    }
}
