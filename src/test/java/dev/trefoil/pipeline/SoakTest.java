package dev.trefoil.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.jna.Native;
import com.sun.jna.NativeLong;
import com.sun.jna.Structure;
import dev.trefoil.QuickstartBase;
import dev.trefoil.model.BlockClock;
import dev.trefoil.model.SharedBase;
import dev.trefoil.report.CurvesPng;
import dev.trefoil.report.JsonlSink;
import dev.trefoil.report.MetricsLog;
import dev.trefoil.train.ProcessMemory;
import dev.trefoil.train.RunFolder;
import dev.trefoil.train.StageContext;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * A long PPO run on the embedded base: memory of its own, arrays of the engine, open files and speed stay where they are. {@code
 * -Dtrefoil.soak.steps=2000} runs 2,000 steps and leaves target/soak/soak.jsonl, metrics.jsonl and soak.png.
 */
@EnabledOnOs(OS.LINUX)
class SoakTest {

    private static final int STEPS = Integer.getInteger("trefoil.soak.steps", 12);

    /** So many steps say something about a trend. */
    private static final int LONG = 500;

    /** Pages that a process may keep after its first hundred steps, beyond what it had then. */
    private static final double MOST_GROWTH = 0.1;

    private static final double MOST_SLOWDOWN = 0.25;
    private static final double MIB = 1 << 20;

    @TempDir
    private Path folder;

    /** What glibc's heap has handed out, without the gaps between: {@code mallinfo2}. */
    public static final class Allocator {

        static {
            Native.register("c");
        }

        /** See mallinfo(3). */
        @Structure.FieldOrder({
            "arena",
            "ordblks",
            "smblks",
            "hblks",
            "hblkhd",
            "usmblks",
            "fsmblks",
            "uordblks",
            "fordblks",
            "keepcost"
        })
        public static final class Info extends Structure implements Structure.ByValue {
            public NativeLong arena;
            public NativeLong ordblks;
            public NativeLong smblks;
            public NativeLong hblks;
            public NativeLong hblkhd;
            public NativeLong usmblks;
            public NativeLong fsmblks;
            public NativeLong uordblks;
            public NativeLong fordblks;
            public NativeLong keepcost;
        }

        public static native Info mallinfo2();

        static double inUse() {
            Info info = mallinfo2();
            return info.uordblks.doubleValue() + info.hblkhd.doubleValue();
        }
    }

    /** Looks at the process each time a step's line is printed, which the training thread does. */
    private static final class Look extends PrintStream {

        private final SharedBase base;
        private final JsonlSink to;
        private long step;
        private long last = System.nanoTime();
        private int arrays;

        Look(SharedBase base, JsonlSink to) {
            super(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
            this.base = base;
            this.to = to;
        }

        @Override
        public void println(String line) {
            if (!line.startsWith("ppo ")) {
                return;
            }
            step++;
            long now = System.nanoTime();
            Map<String, Double> seen = new LinkedHashMap<>();
            seen.put("own memory, MiB", ProcessMemory.now().own() / MIB);
            seen.put("allocated, MiB", Allocator.inUse() / MIB);
            seen.put(
                    "code and classes of Java, MiB",
                    ManagementFactory.getMemoryMXBean().getNonHeapMemoryUsage().getCommitted() / MIB);
            seen.put("arrays of the engine", (double) base.arrays());
            seen.put("open files", (double) ProcessMemory.openFiles());
            seen.put("seconds of a step", (now - last) / 1e9);
            last = now;
            to.step(step, seen);
            // From the second step on: the first makes what all others use.
            arrays = step <= 2 ? base.arrays() : arrays;
            assertThat(base.arrays()).as("arrays after step " + step).isEqualTo(arrays);
        }
    }

    @Test
    void memory_arrays_files_and_speed_stay_where_they_are() throws IOException {
        Path to = STEPS < LONG ? folder.resolve("soak") : Path.of("target/soak");
        Files.createDirectories(to);
        Path base = QuickstartBase.prepare(folder);
        StageKind.Loaded stage = StageKind.PPO.load(
                Path.of("pipelines/quickstart/ppo.yaml"),
                List.of(
                        "sft=null",
                        "reward.model=lexicon-sentiment",
                        "eval=null",
                        "doctor={batch_size: off}",
                        "sampling.max_new_tokens=12",
                        "ppo={steps: " + STEPS
                                + ", batch_size: 8, mini_batch_size: 8, ppo_epochs: 1, samples_every: 100,"
                                + " save_steps: 100}"));
        Path seen = to.resolve("soak.jsonl");
        Path artifact = folder.resolve("run/ppo");
        try (SharedBase shared = SharedBase.open(base, stage.engine(base));
                JsonlSink sink = JsonlSink.create(seen);
                Look look = new Look(shared, sink)) {
            // The first pass makes dequantised weights, which stay with the base.
            BlockClock.measure(shared, 1, 8);
            int before = shared.arrays();
            StageExecution.run(
                    stage,
                    StageContext.of(new RunFolder(artifact), look, false),
                    shared,
                    new StageExecution.Origin(null, null));
            assertThat(shared.arrays()).as("arrays after the run").isEqualTo(before);
        }
        Files.copy(artifact.resolve("metrics.jsonl"), to.resolve("metrics.jsonl"), StandardCopyOption.REPLACE_EXISTING);
        CurvesPng.write("PPO on the embedded base, " + STEPS + " steps", seen, to.resolve("soak.png"));
        List<Map<String, Double>> rows =
                MetricsLog.read(seen).stream().map(MetricsLog.Row::metrics).toList();
        assertThat(rows).hasSize(STEPS);
        assertThat(rows.get(STEPS - 1).get("open files"))
                .isLessThanOrEqualTo(rows.get(1).get("open files"));
        if (STEPS >= LONG) {
            isFlat(rows);
        }
    }

    /** The second hundred of steps beside the last one. */
    private static void isFlat(List<Map<String, Double>> rows) {
        List<Map<String, Double>> early = rows.subList(100, 200);
        List<Map<String, Double>> late = rows.subList(rows.size() - 100, rows.size());
        for (String name : rows.get(0).keySet()) {
            System.out.printf(
                    "soak: %s: %.3f in steps 101 to 200, %.3f in the last 100%n",
                    name, mean(early, name), mean(late, name));
        }
        assertThat(mean(late, "own memory, MiB")).isLessThan(mean(early, "own memory, MiB") * (1 + MOST_GROWTH));
        assertThat(median(late, "seconds of a step"))
                .isLessThan(median(early, "seconds of a step") * (1 + MOST_SLOWDOWN));
    }

    private static double mean(List<Map<String, Double>> rows, String name) {
        return rows.stream().mapToDouble(row -> row.get(name)).average().orElseThrow();
    }

    private static double median(List<Map<String, Double>> rows, String name) {
        double[] sorted =
                rows.stream().mapToDouble(row -> row.get(name)).sorted().toArray();
        return sorted[sorted.length / 2];
    }
}
