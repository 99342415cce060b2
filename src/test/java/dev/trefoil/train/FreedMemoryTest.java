package dev.trefoil.train;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.jna.Memory;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class FreedMemoryTest {

    private static final long MIB = 1 << 20;

    /** Trims after each of the readings, in bytes. */
    private static List<Integer> trims(int leastSteps, long... own) {
        ArrayDeque<Long> readings = new ArrayDeque<>();
        for (long bytes : own) {
            readings.add(bytes);
        }
        AtomicInteger trims = new AtomicInteger();
        FreedMemory freed = new FreedMemory(readings::remove, trims::incrementAndGet, leastSteps);
        List<Integer> found = new ArrayList<>();
        while (!readings.isEmpty()) {
            freed.afterStep();
            found.add(trims.get());
        }
        return found;
    }

    @Test
    void trims_when_the_process_has_grown_since_its_first_step() {
        assertThat(trims(2, 1000, 1050, 1100, 1101, 1000, 1100, 1101)).containsExactly(0, 0, 0, 1, 1, 1, 2);
    }

    @Test
    void what_a_step_takes_right_after_a_trim_is_what_it_needs() {
        assertThat(trims(2, 1000, 1500, 1450, 1500, 1595, 1596)).containsExactly(0, 1, 1, 1, 1, 2);
    }

    @Test
    void steps_lie_between_two_trims() {
        assertThat(trims(3, 1000, 1500, 1500, 1000, 1500, 1500)).containsExactly(0, 0, 1, 1, 1, 2);
    }

    @Test
    void does_nothing_where_memory_is_not_known() {
        assertThat(trims(2, 0, 0, 0)).containsExactly(0, 0, 0);
    }

    /** Blocks between which others stay: the allocator cannot give their place back by itself. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void pages_between_blocks_in_use_go_back_to_the_system() {
        Runnable trimmer = FreedMemory.trimmer();
        trimmer.run();
        long before = ProcessMemory.now().own();
        List<Memory> staying = new ArrayList<>();
        List<Memory> passing = new ArrayList<>();
        for (int i = 0; i < 4_000; i++) {
            passing.add(new Memory(50_000));
            passing.get(i).setMemory(0, 50_000, (byte) 1);
            staying.add(new Memory(100));
        }
        passing.forEach(Memory::close);
        long free = ProcessMemory.now().own();
        trimmer.run();
        assertThat(free - before).isGreaterThan(150 * MIB);
        assertThat(free - ProcessMemory.now().own()).isGreaterThan(150 * MIB);
        staying.forEach(Memory::close);
    }
}
