package dev.trefoil.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.trefoil.UserError;
import dev.trefoil.artifact.Hashes;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Against a server on this machine that behaves as a hub does, and as one should not. */
class HubTest {

    private static final ModelId ID = ModelId.parse("org/name");
    private static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";
    private static final String TOKEN = "hf_secret";

    @TempDir
    private Path folder;

    private HttpServer server;
    private HttpServer storage;

    /** What the repository holds. */
    private final Map<String, byte[]> files = new LinkedHashMap<>();
    /** Method and path of each request, with its range. */
    private final List<String> requests = Collections.synchronizedList(new ArrayList<>());
    /** Authorization headers that the other host saw. */
    private final List<String> leaked = Collections.synchronizedList(new ArrayList<>());
    /** What the next requests for files are answered with instead, in order: a status, or -N to send N bytes only. */
    private final List<Integer> faults = Collections.synchronizedList(new ArrayList<>());

    private boolean ranges = true;
    private boolean redirect;
    private int listingStatus = 200;
    private String errorCode = "";
    private byte[] sentInstead;

    @BeforeEach
    void start() throws IOException {
        files.put("config.json", "{\"model_type\": \"llama\"}".getBytes(StandardCharsets.UTF_8));
        files.put("tokenizer.json", "{}".getBytes(StandardCharsets.UTF_8));
        files.put("model.safetensors", weights(100_000));
        files.put("README.md", new byte[] {1});
        files.put("onnx/model.onnx", new byte[] {1});
        storage = serve(this::other);
        server = serve(this::hub);
    }

    private static byte[] weights(int size) {
        byte[] bytes = new byte[size];
        for (int i = 0; i < size; i++) {
            bytes[i] = (byte) (i * 31 + i / 251);
        }
        return bytes;
    }

    private static HttpServer serve(com.sun.net.httpserver.HttpHandler handler) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", handler);
        server.start();
        return server;
    }

    @AfterEach
    void stop() {
        server.stop(0);
        storage.stop(0);
    }

    private void hub(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        String range = exchange.getRequestHeaders().getFirst("Range");
        requests.add(path + (range == null ? "" : " " + range));
        if (!("Bearer " + TOKEN).equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
            answer(exchange, 401, new byte[0]);
        } else if (path.startsWith("/api/models/org/name/revision/")) {
            answer(exchange, listingStatus, listing().getBytes(StandardCharsets.UTF_8));
        } else if (redirect && path.endsWith(".safetensors")) {
            exchange.getResponseHeaders()
                    .set("Location", "http://127.0.0.1:" + storage.getAddress().getPort() + path);
            answer(exchange, 302, new byte[0]);
        } else {
            file(exchange, path);
        }
    }

    private void other(HttpExchange exchange) throws IOException {
        leaked.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
        file(exchange, exchange.getRequestURI().getPath());
    }

    private void file(HttpExchange exchange, String path) throws IOException {
        byte[] bytes = files.get(path.substring(("/org/name/resolve/" + COMMIT + "/").length()));
        bytes = sentInstead == null || bytes.length < 1000 ? bytes : sentInstead;
        int fault = bytes.length < 1000 || faults.isEmpty() ? 0 : faults.remove(0);
        String range = exchange.getRequestHeaders().getFirst("Range");
        int from = 0;
        int status = 200;
        if (range != null && ranges) {
            from = Integer.parseInt(range.replaceAll("bytes=([0-9]+)-", "$1"));
            exchange.getResponseHeaders()
                    .set("Content-Range", "bytes " + from + "-" + (bytes.length - 1) + "/" + bytes.length);
            status = 206;
        }
        byte[] rest = Arrays.copyOfRange(bytes, from, bytes.length);
        if (fault > 0) {
            answer(exchange, fault, new byte[0]);
        } else if (fault < 0) {
            exchange.sendResponseHeaders(status, rest.length);
            exchange.getResponseBody().write(rest, 0, -fault);
            exchange.getResponseBody().flush();
            exchange.close();
        } else {
            answer(exchange, status, rest);
        }
    }

    private void answer(HttpExchange exchange, int status, byte[] body) throws IOException {
        if (!errorCode.isEmpty()) {
            exchange.getResponseHeaders().set("X-Error-Code", errorCode);
        }
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        try (OutputStream out = exchange.getResponseBody()) {
            out.write(body);
        }
    }

    private String listing() throws IOException {
        List<Map<String, Object>> siblings = new ArrayList<>();
        files.forEach((name, bytes) -> {
            Map<String, Object> sibling = new LinkedHashMap<>();
            sibling.put("rfilename", name);
            sibling.put("size", bytes.length);
            sibling.put("blobId", gitHash(bytes));
            if (bytes.length > 1000) {
                sibling.put("lfs", Map.of("sha256", Hashes.sha256(bytes), "size", bytes.length));
            }
            siblings.add(sibling);
        });
        return new JsonMapper().writeValueAsString(Map.of("sha", COMMIT, "siblings", siblings));
    }

    private static String gitHash(byte[] bytes) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-1");
            digest.update(("blob " + bytes.length + "\0").getBytes(StandardCharsets.US_ASCII));
            return HexFormat.of().formatHex(digest.digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private HubSettings settings() {
        String address = "http://localhost:" + server.getAddress().getPort();
        return HubSettings.of(Map.of("HF_TOKEN", TOKEN, "HF_ENDPOINT", address), folder)
                .withAttempts(3, Duration.ofMillis(1));
    }

    private Hub.Fetched fetch(HubSettings settings) {
        return Hub.open(settings, HubProgress.silent()).fetch(ID, null);
    }

    private long fileRequests() {
        return requests.stream().filter(path -> path.contains("/resolve/")).count();
    }

    @Test
    void fetches_what_is_needed_once() throws IOException {
        Hub.Fetched fetched = fetch(settings());
        assertThat(HubCache.names(fetched.path()))
                .containsExactly("config.json", "model.safetensors", "tokenizer.json");
        assertThat(fetched.path().resolve("model.safetensors")).hasBinaryContent(files.get("model.safetensors"));
        assertThat(fetched.path())
                .isEqualTo(folder.resolve(".cache/trefoil/hub/models--org--name/snapshots/" + COMMIT));
        assertThat(fileRequests()).isEqualTo(3);
        assertThat(fetch(settings())).isEqualTo(fetched);
        assertThat(fileRequests()).isEqualTo(3);
        assertThat(fetch(settings().withOffline(true)).path()).isEqualTo(fetched.path());
        try (Stream<Path> all = Files.walk(folder)) {
            assertThat(all.filter(Files::isRegularFile).toList())
                    .allSatisfy(file -> assertThat(Files.readString(file, StandardCharsets.ISO_8859_1))
                            .doesNotContain(TOKEN));
        }
        assertThat(settings().toString()).doesNotContain(TOKEN);
    }

    @Test
    void a_broken_transfer_goes_on_where_it_stopped() {
        faults.addAll(List.of(-40_000, -10_000));
        assertThat(fetch(settings()).path().resolve("model.safetensors"))
                .hasBinaryContent(files.get("model.safetensors"));
        List<String> asked =
                requests.stream().filter(path -> path.contains(".safetensors")).toList();
        assertThat(asked).hasSize(3);
        assertThat(asked.get(1)).matches(".* bytes=[1-9][0-9]*-");
    }

    @Test
    void a_later_run_goes_on_too_and_servers_without_ranges_begin_anew() {
        faults.addAll(List.of(-40_000, 500, 503));
        assertThatThrownBy(() -> fetch(settings()))
                .isInstanceOf(UserError.class)
                .hasMessageContainingAll("answers 503 after 3 attempts", "is kept");
        ranges = false;
        assertThat(fetch(settings()).path().resolve("model.safetensors"))
                .hasBinaryContent(files.get("model.safetensors"));
        assertThat(requests.get(requests.size() - 1)).contains("bytes=");
    }

    @ParameterizedTest
    @ValueSource(ints = {429, 500, 502})
    void tries_again_when_told_later(int status) {
        faults.add(status);
        assertThat(fetch(settings()).bytes()).isGreaterThan(100_000);
    }

    @Test
    void what_lay_there_of_another_life_is_thrown_away_and_damage_is_told() throws IOException {
        byte[] right = files.get("model.safetensors");
        Path blobs = Files.createDirectories(folder.resolve(".cache/trefoil/hub/models--org--name/blobs"));
        Path partial = blobs.resolve(Hashes.sha256(right) + ".partial");
        Files.write(partial, new byte[50_000]);
        assertThat(fetch(settings()).path().resolve("model.safetensors")).hasBinaryContent(right);

        files.put("model.safetensors", weights(90_000));
        sentInstead = new byte[90_000];
        assertThatThrownBy(() -> fetch(settings()))
                .isInstanceOf(UserError.class)
                .hasMessageContainingAll("model.safetensors arrived damaged", "checksum");
        try (Stream<Path> left = Files.list(blobs)) {
            assertThat(left).noneMatch(file -> file.toString().endsWith(".partial"));
        }
    }

    @Test
    void another_host_never_sees_the_token() {
        redirect = true;
        assertThat(fetch(settings()).path().resolve("model.safetensors"))
                .hasBinaryContent(files.get("model.safetensors"));
        assertThat(leaked).containsExactly("null");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                "401 ~ ~ there is no such model, or it is private",
                "403 ~ GatedRepo ~ is gated: accept its terms at",
                "404 ~ RepoNotFound ~ check organisation, name and revision",
                "404 ~ RevisionNotFound ~ has no revision `main`",
                "418 ~ ~ answers 418",
            })
    void says_why_a_model_cannot_be_had(int status, String code, String wanted) {
        listingStatus = status;
        errorCode = code == null ? "" : code;
        assertThatThrownBy(() -> fetch(settings()))
                .isInstanceOf(UserError.class)
                .hasMessageContainingAll("org/name", wanted)
                .hasMessageNotContaining(TOKEN);
        assertThat(requests).hasSize(1);
    }

    @Test
    void refuses_before_it_fetches() {
        assertThatThrownBy(() -> fetch(settings().withMaxBytes(1000))).hasMessageContaining("--max-size");
        assertThatThrownBy(() -> fetch(settings().withOffline(true))).hasMessageContaining("is not in the cache");
        assertThatThrownBy(() -> fetch(settings().withEndpoint(URI.create("http://localhost:1"))))
                .hasMessageContainingAll("localhost cannot be reached", "--offline");
        byte[] weights = files.remove("model.safetensors");
        assertThatThrownBy(() -> fetch(settings())).hasMessageContaining("has no weights at its top");
        files.put("pytorch_model.bin", weights);
        assertThatThrownBy(() -> fetch(settings())).hasMessageContainingAll("pytorch_model.bin", "safe_serialization");
        files.put("a.gguf", weights);
        files.put("b.gguf", weights);
        assertThatThrownBy(() -> fetch(settings())).hasMessageContainingAll("--file", "a.gguf, b.gguf");
        assertThat(fileRequests()).isZero();
        Hub hub = Hub.open(settings(), HubProgress.silent());
        assertThat(hub.fetch(ID, "b.gguf").path()).hasFileName("b.gguf").hasBinaryContent(weights);
        assertThatThrownBy(() -> hub.fetch(ID, "c.gguf")).hasMessageContaining("has no file c.gguf");
    }

    @Test
    void takes_the_shards_of_an_index() throws IOException {
        files.put("model-00001-of-00002.safetensors", weights(2000));
        files.put("model-00002-of-00002.safetensors", weights(3000));
        files.put("model.safetensors.index.json", "{}".getBytes(StandardCharsets.UTF_8));
        files.remove("model.safetensors");
        assertThat(HubCache.names(fetch(settings()).path()))
                .contains("model-00002-of-00002.safetensors", "model.safetensors.index.json")
                .hasSize(5);
    }

    @Test
    void ids_and_variables() {
        assertThat(ModelId.parse("a/b@v1.0/x").revision()).isEqualTo("v1.0/x");
        assertThat(ModelId.fits("a/b/c")).isFalse();
        assertThatThrownBy(() -> ModelId.parse("a/../b")).isInstanceOf(UserError.class);
        Path home = Path.of("home");
        assertThat(HubSettings.of(Map.of("HF_HOME", "x", "HF_HUB_OFFLINE", "1"), home)
                        .cache())
                .isEqualTo(Path.of("x/hub"));
        assertThat(HubSettings.of(Map.of("HF_HUB_CACHE", "y", "HF_HOME", "x"), home)
                        .cache())
                .isEqualTo(Path.of("y"));
        assertThat(HubSettings.of(Map.of("HF_HUB_OFFLINE", "1"), home).offline())
                .isTrue();
        assertThatThrownBy(() -> HubSettings.of(Map.of("HF_ENDPOINT", "nowhere"), home))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("endpoint");
    }
}
