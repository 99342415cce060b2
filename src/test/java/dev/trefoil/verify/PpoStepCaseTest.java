package dev.trefoil.verify;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class PpoStepCaseTest {

    private static final Path CASE = Path.of("src/test/resources/golden/ppo_step_llama");

    @Test
    void one_update_gives_the_published_implementations_numbers() {
        try (GoldenCase golden = GoldenCase.open(CASE)) {
            Deviations deviations = new Deviations(golden);
            new PpoStepCase().check(golden, deviations);
            assertThat(deviations.all()).allMatch(Deviation::ok);
            assertThat(deviations.unchecked()).isEmpty();
        }
    }
}
