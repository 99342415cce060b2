package dev.trefoil.doctor;

import dev.trefoil.Survival;
import dev.trefoil.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** doctor.jsonl, which a resumed run goes on in, under random damage. */
class DamagedFindingsTest {

    @TempDir
    private Path folder;

    @Test
    void findings_of_a_run_that_was_cut_off() throws IOException {
        Path file = Files.writeString(
                folder.resolve("doctor.jsonl"),
                "{\"step\":0,\"rule\":\"batch_size\",\"severity\":\"warn\",\"found\":\"8\",\"cause\":\"c\",\"fix\":\"f\",\"source\":\"s\"}\n"
                        + "{\"step\":3,\"rule\":\"negative_kl\",\"severity\":\"stop\",\"found\":\"-2\",\"cause\":\"c\",\"fix\":\"f\"}\n");
        Survival.ofFile(file, true, damaged -> {
            if (DoctorLog.open(damaged, 4).kept().size() < 2) {
                throw UserError.data("a finding is gone");
            }
        });
    }
}
