package dev.trefoil.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trefoil.kernel.Lanes;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** Parts go on to their end, whatever happens to another part or to the caller. */
class LanesFailureTest {

    @Test
    void a_failure_is_thrown_when_all_parts_have_ended() {
        try (Lanes lanes = Lanes.of(2, 1)) {
            for (Throwable wanted : List.of(new IllegalArgumentException("no"), new AssertionError("no"))) {
                AtomicBoolean ended = new AtomicBoolean();
                CountDownLatch failing = new CountDownLatch(1);
                assertThatThrownBy(() -> lanes.each(2, part -> {
                            if (part == 0) {
                                failing.countDown();
                                throw thrown(wanted);
                            }
                            awaitAndRest(failing);
                            ended.set(true);
                            return part;
                        }))
                        .isSameAs(wanted);
                assertThat(ended).isTrue();
            }
        }
    }

    @Test
    void an_interrupt_neither_leaves_parts_running_nor_is_lost() {
        try (Lanes lanes = Lanes.of(2, 1)) {
            Thread.currentThread().interrupt();
            assertThat(lanes.each(2, part -> part)).containsExactly(0, 1);
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    private static RuntimeException thrown(Throwable failure) {
        if (failure instanceof Error error) {
            throw error;
        }
        return (RuntimeException) failure;
    }

    /** The rest shows a caller that does not wait. */
    private static void awaitAndRest(CountDownLatch latch) {
        try {
            assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
            Thread.sleep(50);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
