package dev.trefoil.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.trefoil.QuickstartBase;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class PlanCommandTest {

    /** A small model's own memory is mostly the Java machine's, which varies. */
    private static final double MARGIN = 0.15;

    @Test
    @EnabledOnOs(OS.LINUX)
    void own_memory_of_a_run_is_near_its_plan(@TempDir Path folder) throws Exception {
        Path base = QuickstartBase.prepare(folder);
        Path out = folder.resolve("run");
        try (ChildRun child = ChildRun.start(
                folder.resolve("messages"),
                "sft",
                "pipelines/quickstart/sft.yaml",
                "--base",
                base.toString(),
                "--out",
                out.toString(),
                "--set",
                "train.max_steps=2",
                "--set",
                "eval.data.limit=16",
                "--set",
                "eval.samples=1",
                "--set",
                "data.limit=100")) {
            assertThat(child.end()).as(child.messages()).isZero();
        }
        JsonNode run =
                JsonMapper.builder().build().readTree(out.resolve("run.json").toFile());
        double measured = run.path("measured").path("ownBytes").asDouble();
        double planned = run.path("planned").path("ownBytes").asDouble();
        assertThat(measured).as(run.toString()).isPositive();
        assertThat(planned / measured).as(run.toString()).isCloseTo(1, within(MARGIN));
    }
}
