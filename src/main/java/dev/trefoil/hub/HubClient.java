package dev.trefoil.hub;

import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Set;

/**
 * Requests to the hub. A redirect to another host is followed without the token; answers that say "later" (429, 5xx) and broken
 * connections are tried again after a pause that doubles.
 */
final class HubClient {

    private static final int MOST_REDIRECTS = 5;
    private static final int OK = 200;
    private static final int PARTIAL = 206;
    private static final int UNAUTHORISED = 401;
    private static final int FORBIDDEN = 403;
    private static final int NOT_FOUND = 404;
    private static final int TOO_MANY = 429;
    private static final int SERVER_FAULT = 500;
    private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);
    private static final Duration CONNECT = Duration.ofSeconds(15);
    private static final Duration ANSWER = Duration.ofSeconds(60);
    private static final long LONGEST_PAUSE_SECONDS = 60;

    private final HubSettings settings;
    private final HttpClient http = HttpClient.newBuilder()
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(CONNECT)
            .build();

    HubClient(HubSettings settings) {
        this.settings = settings;
    }

    /** What is done with an answer's body; a failure of the connection makes the request be sent again. */
    @FunctionalInterface
    interface Body<T> {
        T read(HttpResponse<InputStream> response) throws IOException;
    }

    /** From where a request wants the bytes; asked anew at each attempt. */
    @FunctionalInterface
    interface Offset {
        long get() throws IOException;
    }

    /**
     * @param path below the endpoint, beginning with a slash
     * @param id for messages
     */
    <T> T get(String path, ModelId id, Offset from, Body<T> body) {
        URI address = URI.create(settings.endpoint() + path);
        Duration pause = settings.pause();
        for (int attempt = 1; ; attempt++) {
            try (Answer answer = send(address, from.get())) {
                int status = answer.response().statusCode();
                if (status == OK || status == PARTIAL) {
                    return body.read(answer.response());
                }
                if (status != TOO_MANY && status < SERVER_FAULT) {
                    throw refused(id, status, answer.response());
                }
                if (attempt >= settings.attempts()) {
                    throw new UserError(
                            ExitCode.FAILED,
                            id + ": " + settings.endpoint().getHost() + " answers " + status + " after " + attempt
                                    + " attempts; try again later, what was fetched is kept");
                }
                pause = wanted(answer.response(), pause);
            } catch (IOException broken) {
                if (attempt >= settings.attempts()) {
                    throw unreachable(id, address, broken);
                }
            }
            sleep(pause);
            pause = pause.multipliedBy(2);
        }
    }

    private record Answer(HttpResponse<InputStream> response) implements AutoCloseable {

        @Override
        public void close() throws IOException {
            response.body().close();
        }
    }

    private Answer send(URI first, long from) throws IOException {
        URI address = first;
        for (int redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
            HttpRequest.Builder request =
                    HttpRequest.newBuilder(address).timeout(ANSWER).header("User-Agent", "trefoil");
            if (from > 0) {
                request.header("Range", "bytes=" + from + "-");
            }
            if (settings.token() != null && isEndpoint(address)) {
                request.header("Authorization", "Bearer " + settings.token());
            }
            HttpResponse<InputStream> response;
            try {
                response = http.send(request.build(), BodyHandlers.ofInputStream());
            } catch (InterruptedException stopped) {
                Thread.currentThread().interrupt();
                throw new UserError(ExitCode.FAILED, "the download was interrupted; what was fetched is kept", stopped);
            } catch (IllegalArgumentException malformed) {
                // The client's own way to say that a length in the answer's head is no number.
                throw new IOException("the answer is no HTTP: " + malformed.getMessage(), malformed);
            }
            if (!REDIRECTS.contains(response.statusCode())) {
                return new Answer(response);
            }
            response.body().close();
            address = next(address, response);
        }
        throw new UserError(
                ExitCode.FAILED,
                first.getHost() + ": more than " + MOST_REDIRECTS + " redirects; is the" + " endpoint right?");
    }

    private URI next(URI address, HttpResponse<?> response) {
        String location = response.headers().firstValue("Location").orElse("");
        URI next;
        try {
            next = address.resolve(location);
        } catch (IllegalArgumentException e) {
            throw new UserError(ExitCode.FAILED, address.getHost() + ": redirects to what is no address", e);
        }
        boolean downgrade = "https".equals(address.getScheme()) && !"https".equals(next.getScheme());
        if (location.isEmpty() || downgrade || next.getHost() == null) {
            throw new UserError(
                    ExitCode.FAILED,
                    address.getHost()
                            + ": redirects to no address or to one without encryption; is the endpoint right?");
        }
        return next;
    }

    /** The token is the endpoint's: no other host, port or scheme sees it. */
    private boolean isEndpoint(URI address) {
        URI own = settings.endpoint();
        return own.getHost().equalsIgnoreCase(address.getHost())
                && own.getPort() == address.getPort()
                && own.getScheme().equals(address.getScheme());
    }

    private UserError refused(ModelId id, int status, HttpResponse<?> response) {
        String reason = response.headers().firstValue("X-Error-Code").orElse("");
        String page = settings.endpoint() + "/" + id.repository();
        String token = settings.token() == null
                ? "set HF_TOKEN to a token that may read it"
                : "the token in HF_TOKEN may not read it";
        String message;
        if (reason.equals("GatedRepo")) {
            message = "is gated: accept its terms at " + page + " with your account, and " + token;
        } else if (status == UNAUTHORISED || status == FORBIDDEN) {
            message = "the hub answers " + status + ": there is no such model, or it is private; check the name, or "
                    + token;
        } else if (status == NOT_FOUND && reason.equals("RevisionNotFound")) {
            message = "has no revision `" + id.revision() + "`; see the branches and tags at " + page;
        } else if (status == NOT_FOUND) {
            message = "is not on " + settings.endpoint() + "; check organisation, name and revision";
        } else {
            message = settings.endpoint().getHost() + " answers " + status + "; check the endpoint";
        }
        return UserError.data(id + ": " + message);
    }

    private UserError unreachable(ModelId id, URI address, IOException broken) {
        return new UserError(
                ExitCode.FAILED,
                id + ": " + address.getHost() + " cannot be reached ("
                        + broken.getClass().getSimpleName()
                        + (broken.getMessage() == null ? "" : ": " + broken.getMessage())
                        + "); what was fetched is kept. Try again, name a mirror with --endpoint or HF_ENDPOINT, or use what"
                        + " the cache has with --offline",
                broken);
    }

    /** What the server asks for, in seconds, but at most a minute; else the pause so far. */
    private static Duration wanted(HttpResponse<?> response, Duration pause) {
        String seconds = response.headers().firstValue("Retry-After").orElse("");
        return seconds.matches("[0-9]{1,6}")
                ? Duration.ofSeconds(Math.min(LONGEST_PAUSE_SECONDS, Long.parseLong(seconds)))
                : pause;
    }

    private static void sleep(Duration pause) {
        try {
            Thread.sleep(pause.toMillis());
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw new UserError(ExitCode.FAILED, "the download was interrupted; what was fetched is kept", stopped);
        }
    }
}
