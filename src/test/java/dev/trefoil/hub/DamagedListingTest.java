package dev.trefoil.hub;

import dev.trefoil.RawAnswers;
import dev.trefoil.Survival;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A hub's list of files, and the HTTP around it, under random damage. */
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
}
