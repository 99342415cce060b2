package dev.trefoil.artifact;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFilesTest {

    @TempDir
    Path folder;

    @Test
    void a_failed_write_keeps_the_old_file() throws IOException {
        Path file = folder.resolve("state.json");
        AtomicFiles.write(file, "old");
        assertThatThrownBy(() -> AtomicFiles.write(file, out -> {
                    out.write(1);
                    throw new IOException("disk full");
                }))
                .hasMessage("disk full");
        assertThat(file).hasContent("old");
        AtomicFiles.write(file, "new");
        assertThat(file).hasContent("new");
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files).containsExactly(file);
        }
    }

    @Test
    void hashes_are_sha_256() throws IOException {
        String wanted = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assertThat(Hashes.sha256("abc")).isEqualTo(wanted);
        assertThat(Hashes.sha256(new ByteArrayInputStream("abc".getBytes()))).isEqualTo(wanted);
        Files.writeString(folder.resolve("abc"), "abc");
        assertThat(Hashes.sha256(folder.resolve("abc"))).isEqualTo(wanted);
        assertThat(Hashes.brief(wanted)).isEqualTo("ba7816bf8f01");
        assertThat(Hashes.brief(null)).isEqualTo("none");
    }
}
