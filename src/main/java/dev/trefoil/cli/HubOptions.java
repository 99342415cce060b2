package dev.trefoil.cli;

import dev.trefoil.config.Bytes;
import dev.trefoil.hub.Hub;
import dev.trefoil.hub.HubSettings;
import dev.trefoil.hub.ModelId;
import java.io.PrintWriter;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The options of commands that take models by hub id. */
final class HubOptions {

    @Option(
            names = "--file",
            paramLabel = "NAME.gguf",
            description = "A GGUF file of the model to take instead of safetensors.")
    private String file;

    @Option(
            names = "--endpoint",
            paramLabel = "URL",
            description = "The hub or a mirror of it (HF_ENDPOINT, else https://huggingface.co).")
    private String endpoint;

    @Option(
            names = "--cache",
            paramLabel = "DIR",
            description = "Where models are kept (HF_HUB_CACHE, else HF_HOME/hub, else ~/.cache/trefoil/hub).")
    private Path cache;

    @Option(names = "--offline", description = "Use only what the cache has (HF_HUB_OFFLINE=1).")
    private boolean offline;

    @Option(
            names = "--max-size",
            paramLabel = "SIZE",
            description = "Refuse models of more bytes, such as 20GiB (160GiB).")
    private String maxSize;

    Hub.Fetched fetch(ModelId id, PrintWriter err) {
        HubSettings settings = HubSettings.of(System.getenv(), Path.of(System.getProperty("user.home")));
        settings = endpoint == null ? settings : settings.withEndpoint(HubSettings.address(endpoint));
        settings = cache == null ? settings : settings.withCache(cache);
        settings = offline ? settings.withOffline(true) : settings;
        settings = maxSize == null
                ? settings
                : settings.withMaxBytes(Bytes.parse(maxSize).count());
        try (DownloadLine line = DownloadLine.to(err)) {
            return Hub.open(settings, line).fetch(id, file);
        }
    }
}
