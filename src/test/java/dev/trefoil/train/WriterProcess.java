package dev.trefoil.train;

import dev.trefoil.artifact.ArtifactWriter;
import dev.trefoil.artifact.Manifest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A process that does nothing but write: a checkpoint after each step, the best weights after every second, an artifact after every
 * third. It says {@code begin N X} before and {@code saved N X} after step N, with its first weight X, and {@code sealed N}.
 */
final class WriterProcess {

    static final int NUMBERS = 5000;
    private static final long STEPS = 1_000_000;

    private final Trainable part = Trainable.of("a", floats(0.5f), floats(0.1f));
    private final Optimisation optimisation = Optimisation.of(OptimConfig.defaults(), STEPS, part);
    private final Path folder;
    private final Checkpoints checkpoints;

    WriterProcess(Path folder) {
        this.folder = folder;
        this.checkpoints = Checkpoints.in(folder.resolve("checkpoints"), 2, "run", optimisation.parameters());
    }

    private static FloatBuffer floats(float value) {
        FloatBuffer floats = ByteBuffer.allocateDirect(NUMBERS * Float.BYTES)
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
        for (int i = 0; i < NUMBERS; i++) {
            floats.put(i, value);
        }
        return floats;
    }

    /** The state that was saved last; step 0 when there is none. */
    LoopState restore() {
        return checkpoints.restore(optimisation).orElse(LoopState.of(0, -1, Map.of()));
    }

    float[] weights() {
        float[] values = new float[NUMBERS];
        optimisation.parameters().get(0).values().duplicate().clear().get(values);
        return values;
    }

    void step(long step) throws IOException {
        // Gradients are cleared by the step before.
        FloatBuffer gradient =
                optimisation.parameters().get(0).gradients().duplicate().clear();
        while (gradient.hasRemaining()) {
            gradient.put(0.1f);
        }
        optimisation.step(1);
        say("begin", step);
        if (step % 2 == 0) {
            checkpoints.saveBest(step);
        }
        checkpoints.save(LoopState.of(step, step - step % 2, Map.of("loss", 0.5 / step)), optimisation);
        say("saved", step);
        if (step % 3 == 0) {
            ArtifactWriter.write(artifact(), draft -> {
                Files.writeString(draft.folder().resolve("step.txt"), Long.toString(step));
                Files.write(draft.folder().resolve("weights.bin"), new byte[NUMBERS]);
                return Manifest.of(
                        "sft",
                        1,
                        Map.of("base", "00", "tokenizer", "00", "data", "00", "config", "00"),
                        Map.of(),
                        List.of(new Manifest.GoldenScore("p", "r", 0.5)));
            });
            say("sealed", step);
        }
    }

    private void say(String what, long step) {
        System.out.println(what + " " + step + " " + weights()[0]);
    }

    Path artifact() {
        return folder.resolve("artifact");
    }

    /** @param arguments the folder, and after how many steps it ends on its own */
    public static void main(String[] arguments) throws IOException {
        WriterProcess writer = new WriterProcess(Path.of(arguments[0]));
        long from = writer.restore().step();
        for (long step = from + 1; step <= from + Long.parseLong(arguments[1]); step++) {
            writer.step(step);
        }
    }
}
