package dev.trefoil.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.sun.net.httpserver.HttpServer;
import dev.trefoil.TinyBase;
import dev.trefoil.artifact.Hashes;
import dev.trefoil.quant.BaseStore;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A base from a mirror's address, and again from the cache once the mirror is gone. */
class HubCommandTest {

    private static final String COMMIT = "89abcdef0123456789abcdef0123456789abcdef";

    @TempDir
    private Path folder;

    private static HttpServer mirror(Path published) throws IOException {
        List<Map<String, Object>> siblings = new ArrayList<>();
        try (Stream<Path> files = Files.list(published)) {
            for (Path file : files.toList()) {
                siblings.add(Map.of(
                        "rfilename", file.getFileName().toString(),
                        "lfs", Map.of("sha256", Hashes.sha256(file), "size", Files.size(file))));
            }
        }
        byte[] listing = new JsonMapper().writeValueAsBytes(Map.of("sha", COMMIT, "siblings", siblings));
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            String path = exchange.getRequestURI().getPath();
            byte[] body = path.startsWith("/api/")
                    ? listing
                    : Files.readAllBytes(published.resolve(path.substring(path.lastIndexOf('/') + 1)));
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        return server;
    }

    private CommandLineRun prepare(String out, String... more) {
        List<String> all = new ArrayList<>(List.of("prepare", "some-org/tiny@v1", "--out"));
        all.addAll(List.of(
                folder.resolve(out).toString(),
                "--cache",
                folder.resolve("cache").toString()));
        all.addAll(List.of(more));
        return CommandLineRun.of(all.toArray(String[]::new));
    }

    @Test
    void prepares_by_id_and_again_offline() throws IOException {
        HttpServer server = mirror(TinyBase.publish(folder.resolve("hf")));
        String address = "http://localhost:" + server.getAddress().getPort();
        try {
            CommandLineRun run = prepare("base", "--endpoint", address);
            assertThat(run.code()).as(run.err()).isZero();
            try (BaseStore base = BaseStore.open(folder.resolve("base"))) {
                assertThat(base.config().source().description()).isEqualTo("some-org/tiny@v1");
            }
            CommandLineRun again = prepare("base", "--endpoint", address);
            assertThat(again.code()).isEqualTo(3);
            assertThat(again.err()).contains("exists already");
        } finally {
            server.stop(0);
        }
        CommandLineRun offline = prepare("second", "--offline");
        assertThat(offline.code()).as(offline.err()).isZero();
        CommandLineRun fetched = CommandLineRun.of(
                "fetch",
                "some-org/tiny@v1",
                "--offline",
                "--cache",
                folder.resolve("cache").toString());
        assertThat(fetched.out().strip()).endsWith(COMMIT);
        CommandLineRun small = CommandLineRun.of("fetch", "no id");
        assertThat(small.code()).isEqualTo(3);
        assertThat(small.err()).contains("ORG/NAME");
    }
}
