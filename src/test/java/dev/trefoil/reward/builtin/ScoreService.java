package dev.trefoil.reward.builtin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** A reward service inside of a test; each test says what it answers. */
public final class ScoreService implements AutoCloseable {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    /** Answers the n-th request, counted from 1. */
    @FunctionalInterface
    public interface Behaviour {
        Reply to(int number, JsonNode request) throws InterruptedException;
    }

    /** An answer. */
    public record Reply(int status, String body, Map<String, String> headers) {

        public static Reply of(int status, String body) {
            return new Reply(status, body, Map.of());
        }
    }

    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final AtomicInteger requests = new AtomicInteger();
    private final List<Map<String, List<String>>> headers = Collections.synchronizedList(new ArrayList<>());

    public ScoreService(Behaviour behaviour) {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.createContext("/", exchange -> answer(exchange, behaviour));
        server.setExecutor(threads);
        server.start();
    }

    /** Scores by the number of letters of a kind, as a sound service would. */
    public static Reply letters(JsonNode request) {
        StringBuilder scores = new StringBuilder();
        for (JsonNode sample : request.get("samples")) {
            scores.append(scores.isEmpty() ? "" : ",")
                    .append(letters(sample.get("response").asText()));
        }
        return Reply.of(200, "{\"id\": " + request.get("id") + ", \"scores\": [" + scores + "]}");
    }

    public static long letters(String text) {
        return text.chars().filter(c -> c >= 'a' && c <= 'z').count();
    }

    private void answer(HttpExchange exchange, Behaviour behaviour) {
        try (exchange) {
            headers.add(Map.copyOf(exchange.getRequestHeaders()));
            JsonNode request = JSON.readTree(exchange.getRequestBody().readAllBytes());
            Reply reply = behaviour.to(requests.incrementAndGet(), request);
            byte[] body = reply.body().getBytes(StandardCharsets.UTF_8);
            reply.headers().forEach(exchange.getResponseHeaders()::set);
            exchange.sendResponseHeaders(reply.status(), body.length == 0 ? -1 : body.length);
            exchange.getResponseBody().write(body);
        } catch (IOException | InterruptedException gone) {
            // The client has given up, which is what some tests are about.
        }
    }

    public String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/score";
    }

    public int requests() {
        return requests.get();
    }

    List<Map<String, List<String>>> headers() {
        return List.copyOf(headers);
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
