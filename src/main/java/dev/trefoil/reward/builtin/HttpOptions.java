package dev.trefoil.reward.builtin;

import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/**
 * How a service is reached.
 *
 * @param url where requests are posted to
 * @param headers sent with each request; the one with the token is among them
 * @param secret the token, which is blotted out of every message; empty when there is none
 * @param connectTimeout time to reach the service
 * @param timeout time from sending a request to the last byte of its answer
 * @param redirects how many redirects of a request are followed, always to the same host
 * @param maxBytes longest answer
 */
record HttpOptions(
        URI url,
        Map<String, String> headers,
        String secret,
        Duration connectTimeout,
        Duration timeout,
        int redirects,
        int maxBytes) {

    private static final List<String> SCHEMES = List.of("http", "https");

    /** Headers that belong to the connection itself. */
    private static final List<String> OWN =
            List.of("connection", "content-length", "content-type", "expect", "host", "upgrade");

    /** Names whose values are secret; what stands in a file goes into the artifacts of a run. */
    private static final Pattern SECRET =
            Pattern.compile("(?i)authorization|proxy-authorization|cookie|.*(api-?key|password|secret|token)s?");

    HttpOptions {
        headers = Map.copyOf(headers);
    }

    /**
     * Reads these keys and leaves the others to the caller, which also ends the reading.
     *
     * @param environment value of an environment variable by name, null when it is not set
     */
    static HttpOptions read(Options options, UnaryOperator<String> environment) {
        URI url = url(options.text("url"));
        Map<String, String> headers = new LinkedHashMap<>();
        options.map("headers").forEach((name, value) -> headers.put(openName(name), headerValue(name, value)));
        String secret = "";
        if (options.has("token_env")) {
            String variable = options.text("token_env");
            secret = environment.apply(variable);
            if (secret == null || secret.isBlank()) {
                throw new IllegalArgumentException("token_env: the environment variable " + variable
                        + " is not set; set it to the token before the start, or leave token_env out");
            }
            String header = options.text("token_header", "Authorization");
            boolean bearer = header.equalsIgnoreCase("Authorization");
            headers.put(headerName(header), headerValue(header, (bearer ? "Bearer " : "") + secret.strip()));
        }
        return new HttpOptions(
                url,
                headers,
                secret.strip(),
                options.seconds("connect_timeout_seconds", 10),
                options.seconds("timeout_seconds", 60),
                options.count("redirects", 2, 0, 10),
                options.count("max_response_bytes", 16 << 20, 64, 1 << 30));
    }

    private static URI url(String text) {
        try {
            URI url = URI.create(text);
            String scheme = String.valueOf(url.getScheme()).toLowerCase(Locale.ROOT);
            if (SCHEMES.contains(scheme) && url.getHost() != null && url.getUserInfo() == null) {
                return url;
            }
        } catch (IllegalArgumentException malformed) {
            // Falls through to the one message for everything that is not an address.
        }
        throw new IllegalArgumentException("url: was '" + text.replaceFirst("//[^/@]*@", "//***@")
                + "'; http://HOST:PORT/PATH or https://... is wanted, and a password in token_env, not in the address");
    }

    /** The name of a header whose value may be read by everybody. */
    private static String openName(String name) {
        if (SECRET.matcher(name).matches()) {
            throw new IllegalArgumentException("headers." + name + ": its value is a secret and would be copied into"
                    + " artifacts and reports; put it into an environment variable and name that in token_env, with"
                    + " token_header: " + name);
        }
        return headerName(name);
    }

    private static String headerName(String name) {
        if (!name.matches("[A-Za-z0-9-]+") || OWN.contains(name.toLowerCase(Locale.ROOT))) {
            throw new IllegalArgumentException(
                    "headers." + name + ": letters, digits and '-' are wanted, and none of " + OWN);
        }
        return name;
    }

    /** Without naming the value, which may be secret. */
    private static String headerValue(String name, Object value) {
        String text = String.valueOf(value);
        if (text.chars().anyMatch(c -> c < ' ' || c > '~')) {
            throw new IllegalArgumentException(
                    "headers." + name + ": holds a line break or another character that is not printable ASCII");
        }
        return text;
    }
}
