package dev.trefoil.hub;

import dev.trefoil.UserError;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * Where models come from and where they are kept.
 *
 * @param endpoint the hub or a mirror of it
 * @param cache folder of repositories, laid out as huggingface_hub lays out its own, so that both find each other's files
 * @param token shown to the endpoint only; null for none. No message, log or file has it.
 * @param offline true: nothing is asked, only the cache is looked at
 * @param maxBytes a model of more bytes is refused before anything of it is fetched
 * @param attempts how often a request is tried
 * @param pause before the second attempt; twice as long before each further one
 */
public record HubSettings(
        URI endpoint, Path cache, String token, boolean offline, long maxBytes, int attempts, Duration pause) {

    /** The largest models that fit a machine of this program's kind have about 70e9 16-bit weights. */
    public static final long DEFAULT_MAX_BYTES = 160L << 30;

    private static final String HUB = "https://huggingface.co";
    private static final int ATTEMPTS = 5;
    private static final Duration PAUSE = Duration.ofSeconds(1);

    public HubSettings {
        Objects.requireNonNull(cache, "cache");
        if (endpoint.getHost() == null
                || !("http".equals(endpoint.getScheme()) || "https".equals(endpoint.getScheme()))) {
            throw UserError.data("endpoint: found `" + endpoint + "`, wanted an address such as " + HUB);
        }
        String text = endpoint.toString();
        endpoint = text.endsWith("/") ? URI.create(text.substring(0, text.length() - 1)) : endpoint;
    }

    /**
     * By the variables that huggingface_hub knows: HF_ENDPOINT, HF_TOKEN, HF_HUB_OFFLINE, HF_HUB_CACHE, HF_HOME. Without the last two
     * the cache is {@code ~/.cache/trefoil/hub}.
     *
     * @param home the user's home folder
     */
    public static HubSettings of(Map<String, String> environment, Path home) {
        String token = environment.getOrDefault("HF_TOKEN", "").strip();
        return new HubSettings(
                address(environment.getOrDefault("HF_ENDPOINT", HUB)),
                cache(environment, home),
                token.isEmpty() ? null : token,
                isTrue(environment.get("HF_HUB_OFFLINE")),
                DEFAULT_MAX_BYTES,
                ATTEMPTS,
                PAUSE);
    }

    private static Path cache(Map<String, String> environment, Path home) {
        String cache = environment.getOrDefault("HF_HUB_CACHE", "");
        if (!cache.isBlank()) {
            return Path.of(cache);
        }
        String shared = environment.getOrDefault("HF_HOME", "");
        return shared.isBlank()
                ? home.resolve(".cache/trefoil/hub")
                : Path.of(shared).resolve("hub");
    }

    private static boolean isTrue(String value) {
        return value != null && value.toLowerCase(Locale.ROOT).matches("1|true|yes|on");
    }

    /** @throws UserError when the text is no address */
    public static URI address(String text) {
        try {
            return URI.create(text.strip());
        } catch (IllegalArgumentException e) {
            throw UserError.data("endpoint: `" + text + "` is no address; wanted one such as " + HUB);
        }
    }

    public HubSettings withEndpoint(URI other) {
        return new HubSettings(other, cache, token, offline, maxBytes, attempts, pause);
    }

    public HubSettings withCache(Path folder) {
        return new HubSettings(endpoint, folder, token, offline, maxBytes, attempts, pause);
    }

    public HubSettings withOffline(boolean only) {
        return new HubSettings(endpoint, cache, token, only, maxBytes, attempts, pause);
    }

    public HubSettings withMaxBytes(long most) {
        return new HubSettings(endpoint, cache, token, offline, most, attempts, pause);
    }

    public HubSettings withAttempts(int most, Duration first) {
        return new HubSettings(endpoint, cache, token, offline, maxBytes, most, first);
    }

    @Override
    public String toString() {
        return "HubSettings[endpoint=" + endpoint + ", cache=" + cache + ", token=" + (token == null ? "none" : "given")
                + ", offline=" + offline + "]";
    }
}
