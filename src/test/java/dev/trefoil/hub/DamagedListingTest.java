package dev.trefoil.hub;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trefoil.RawAnswers;
import dev.trefoil.Survival;
import dev.trefoil.UserError;
import dev.trefoil.artifact.AtomicFiles;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A hub's list of files, a download, the HTTP around both, and what the cache remembers, under random damage. */
class DamagedListingTest {

    private static final ModelId ID = ModelId.parse("org/name");
    private static final String LISTING = """
            {"_id": "1", "id": "org/name", "sha": "0123456789abcdef0123456789abcdef01234567", "siblings": [
              {"rfilename": "config.json", "size": 23, "blobId": "0123456789abcdef0123456789abcdef01234567"},
              {"rfilename": "onnx/model.onnx", "size": 1, "blobId": "0123456789abcdef0123456789abcdef01234567"},
              {"rfilename": "model.safetensors", "size": 100000, "blobId": "0123456789abcdef0123456789abcdef01234567",
               "lfs": {"sha256": "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "size": 100000}}]}
            """;

    @TempDir
    private Path cache;

    @Test
    void listings_of_a_hub() throws IOException {
        try (RawAnswers server = new RawAnswers()) {
            HubClient client = new HubClient(HubSettings.of(Map.of(), cache)
                    .withEndpoint(URI.create(server.url()))
                    .withAttempts(1, Duration.ZERO));
            Survival.ofText("hub listing", RawAnswers.json(LISTING), 1, text -> {
                server.answer(text.getBytes(StandardCharsets.UTF_8));
                HubListing listing = HubListing.ask(client, ID);
                NeededFiles.of(ID, listing.files().keySet(), null);
            });
        }
    }

    @Test
    void downloads() throws Exception {
        String body = "GGUF, or what calls itself so";
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        String hash =
                HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        String listing =
                "{\"sha\": \"0123456789abcdef0123456789abcdef01234567\", \"siblings\": [{\"rfilename\": \"model.gguf\","
                        + " \"lfs\": {\"sha256\": \"" + hash + "\", \"size\": " + bytes.length + "}}]}";
        try (RawAnswers server = new RawAnswers()) {
            server.answer("/api/", RawAnswers.json(listing).getBytes(StandardCharsets.UTF_8));
            Path model = cache.resolve("models--org--name");
            Hub hub = Hub.open(
                    HubSettings.of(Map.of(), cache)
                            .withEndpoint(URI.create(server.url()))
                            .withCache(cache)
                            .withAttempts(1, Duration.ZERO),
                    HubProgress.silent());
            Survival.ofText("download", RawAnswers.json(body), 1, text -> {
                AtomicFiles.deleteTree(model);
                server.answer(text.getBytes(StandardCharsets.UTF_8));
                try {
                    hub.fetch(ID, null);
                } catch (UserError fault) {
                    assertThat(fault.getCause() instanceof RuntimeException)
                            .as(fault.getMessage())
                            .isFalse();
                    throw fault;
                }
            });
        }
    }

    /** refs/REVISION of the cache, which other programs write as well. */
    @Test
    void names_of_revisions() throws IOException {
        String commit = "0123456789abcdef0123456789abcdef01234567";
        Path model = cache.resolve("models--org--name");
        Files.createDirectories(model.resolve("snapshots").resolve(commit));
        Path named =
                Files.writeString(Files.createDirectories(model.resolve("refs")).resolve("main"), commit);
        HubCache read = HubCache.of(cache, ID);
        Survival.ofFile(
                named, true, damaged -> read.known("main").orElseThrow(() -> UserError.data("not in the cache")));
    }
}
