package dev.trefoil.quant;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MachineMemoryTest {

    @Test
    void there_is_room_for_this_machine_and_no_more_than_there_is() {
        long heap = Runtime.getRuntime().totalMemory();
        assertThat(MachineMemory.total()).isGreaterThan(heap).isLessThan(1L << 50);
        assertThat(MachineMemory.available()).isPositive().isLessThanOrEqualTo(MachineMemory.total());
    }
}
