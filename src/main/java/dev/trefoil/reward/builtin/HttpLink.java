package dev.trefoil.reward.builtin;

import dev.trefoil.report.PrintableText;
import dev.trefoil.reward.RewardException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Posts JSON to one address. May be used by several threads. */
final class HttpLink {

    private static final int SHOWN = 200;

    /** The two that keep method and body; after the others a POST would become a GET. */
    private static final List<Integer> REDIRECTS = List.of(307, 308);

    private static final int REQUEST_TIMEOUT = 408;
    private static final int TOO_MANY_REQUESTS = 429;

    private final String model;
    private final HttpOptions options;
    private final HttpClient client;

    HttpLink(String model, HttpOptions options) {
        this.model = model;
        this.options = options;
        this.client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                // The client itself would send the token on to whatever host an answer names.
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(options.connectTimeout())
                .build();
    }

    /**
     * Posts a body and returns the body of a 2xx answer.
     *
     * @throws RewardException for everything else; permanent where the same request can only fail again
     */
    String post(String body) throws RewardException {
        URI url = options.url();
        for (int redirects = 0; ; redirects++) {
            HttpResponse<byte[]> response = send(url, body);
            int status = response.statusCode();
            if (status >= 200 && status < 300) {
                return new String(response.body(), StandardCharsets.UTF_8);
            }
            if (!REDIRECTS.contains(status)) {
                throw refused(status, response.body());
            }
            url = redirected(url, response, redirects);
        }
    }

    private HttpResponse<byte[]> send(URI url, String body) throws RewardException {
        HttpRequest.Builder request = HttpRequest.newBuilder(url)
                .header("Content-Type", "application/json")
                .header("Accept", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body));
        options.headers().forEach(request::setHeader);
        CompletableFuture<HttpResponse<byte[]>> answer =
                client.sendAsync(request.build(), head -> new LimitedBody(options.maxBytes()));
        try {
            return answer.get(options.timeout().toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException late) {
            throw new RewardException(
                    model,
                    "at " + address() + " did not answer within "
                            + options.timeout().toMillis() / 1000.0 + " s; raise timeout_seconds if it needs longer",
                    late);
        } catch (ExecutionException e) {
            throw broken(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw RewardException.permanent(model, "was interrupted while it waited for " + address());
        } finally {
            answer.cancel(true);
        }
    }

    private RewardException broken(Throwable cause) {
        if (cause instanceof LimitedBody.TooLong || cause.getCause() instanceof LimitedBody.TooLong) {
            return new RewardException(
                    model,
                    "at " + address() + " answered with more than max_response_bytes = " + options.maxBytes()
                            + " bytes");
        }
        String what = cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
        return new RewardException(
                model,
                "at " + address() + " cannot be talked to: " + shown(what) + "; is the service running?",
                cause instanceof IOException ? null : cause);
    }

    private RewardException refused(int status, byte[] body) {
        String text = shown(new String(body, StandardCharsets.UTF_8));
        String what = "at " + address() + " answered with status " + status + (text.isBlank() ? "" : ": " + text);
        boolean passing = status >= 500 || status == REQUEST_TIMEOUT || status == TOO_MANY_REQUESTS;
        return passing ? new RewardException(model, what) : RewardException.permanent(model, what);
    }

    private URI redirected(URI from, HttpResponse<byte[]> response, int redirects) throws RewardException {
        String location = response.headers().firstValue("Location").orElse("");
        URI to;
        try {
            to = from.resolve(location);
        } catch (IllegalArgumentException malformed) {
            throw RewardException.permanent(model, "at " + address() + " redirects to no address");
        }
        boolean sameHost = from.getScheme().equalsIgnoreCase(to.getScheme())
                && from.getHost().equalsIgnoreCase(to.getHost())
                && from.getPort() == to.getPort();
        if (!sameHost) {
            throw RewardException.permanent(
                    model,
                    "at " + address()
                            + " redirects to another host, which is not followed; set url to the new address");
        }
        if (redirects >= options.redirects()) {
            throw RewardException.permanent(
                    model, "at " + address() + " redirects more than redirects = " + options.redirects() + " times");
        }
        return to;
    }

    /** The address without its query, which may hold a key. */
    private String address() {
        URI url = options.url();
        return url.getScheme() + "://" + url.getRawAuthority() + url.getRawPath();
    }

    /** Text from outside: cut, made printable, and without the token if it echoes it. */
    private String shown(String text) {
        String secret = options.secret();
        return PrintableText.cut(secret.isEmpty() ? text : text.replace(secret, "***"), SHOWN);
    }
}
