package dev.trefoil.quant;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class ReadAheadTest {

    private static final int PAGE = 4096;

    private static List<List<ByteBuffer>> blocks(int count, int bytes) {
        return IntStream.range(0, count)
                .mapToObj(block -> List.of(ByteBuffer.allocate(bytes)))
                .toList();
    }

    @Test
    void keeps_all_that_fits_and_leaves_room_for_two_in_use() {
        assertThat(ReadAhead.kept(blocks(10, 100), 1000)).isEqualTo(10);
        assertThat(ReadAhead.kept(blocks(10, 100), 999)).isEqualTo(7);
        assertThat(ReadAhead.kept(blocks(10, 100), 450)).isEqualTo(2);
        assertThat(ReadAhead.kept(blocks(10, 100), 100)).isZero();
    }

    @Test
    void a_base_that_memory_holds_easily_is_left_alone() {
        try (ReadAhead ahead = ReadAhead.of(blocks(4, 1000), 1 << 20)) {
            ahead.wanted(1);
            ahead.allWanted();
            ahead.done(0);
            assertThat(Thread.getAllStackTraces().keySet())
                    .extracting(Thread::getName)
                    .doesNotContain("read-ahead");
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void gives_back_and_fetches_pages_of_a_mapped_file(@TempDir Path folder) throws IOException, InterruptedException {
        Path file = folder.resolve("weights");
        Files.write(file, new byte[64 * PAGE]);
        try (FileChannel channel = FileChannel.open(file)) {
            channel.force(true);
            MappedByteBuffer mapped = channel.map(FileChannel.MapMode.READ_ONLY, 0, 64 * PAGE);
            PageAdvice advice = PageAdvice.here().orElseThrow();
            mapped.load();
            assertThat(advice.resident(mapped)).isEqualTo(1);
            // across page borders: the neighbours of the range must stay
            ByteBuffer part = mapped.slice(100, 32 * PAGE);
            advice.pageOut(part);
            assertThat(advice.resident(mapped)).isBetween(0.4, 1.0);
            advice.willNeed(mapped);
            for (int i = 0; i < 100 && advice.resident(mapped) < 1; i++) {
                Thread.sleep(10);
            }
            assertThat(advice.resident(mapped)).isEqualTo(1);
        }
    }
}
