package dev.trefoil.export;

import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import dev.trefoil.gguf.GgufArchitecture;
import dev.trefoil.gguf.GgufFormat;
import dev.trefoil.gguf.GgufValues;
import dev.trefoil.gguf.GgufWriter;
import dev.trefoil.prepare.PrepareProgress;
import dev.trefoil.prepare.PublishedCheckpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A Hugging Face folder as a GGUF file: the whole model with its tokenizer, or an adapter to be loaded beside such a file. */
public final class Export {

    private Export() {}

    /**
     * Writes a whole model.
     *
     * @param model folder of a published or merged model
     * @param out file to make; must not exist
     * @param format F32, F16, BF16 or Q8_0, for all tensors but norms, biases and position tables, which are float32
     * @throws UserError when the model has no form as GGUF or {@code out} exists; nothing is left behind then
     */
    public static ExportResult model(Path model, Path out, GgufFormat format, PrepareProgress progress) {
        if (!format.writable()) {
            throw UserError.data("format: found " + format + ", wanted F32, F16, BF16 or Q8_0");
        }
        try (PublishedCheckpoint source = open(model, out)) {
            GgufArchitecture architecture =
                    GgufArchitecture.ofFamily(source.family().name());
            GgufValues values = ModelValues.of(source, architecture, format);
            boolean tokenizer = TokenizerValues.add(values, source);
            List<GgufWriter.Tensor> tensors = ModelTensors.of(source, architecture, format);
            return write(out, architecture, values, tensors, tokenizer, progress);
        } catch (IOException failed) {
            throw failed(out, failed);
        }
    }

    /**
     * Writes adapters as one LoRA file.
     *
     * @param model folder of the published model that they belong to
     * @param adapters artifacts of stages or folders of PEFT files, in the order of training
     * @param base the base store that they were trained on, to be compared; null for no comparison
     * @throws UserError when one does not fit or holds more than LoRA factors, or {@code out} exists
     */
    public static ExportResult adapter(Path model, List<Path> adapters, Path base, Path out, PrepareProgress progress) {
        try (PublishedCheckpoint source = open(model, out)) {
            GgufArchitecture architecture =
                    GgufArchitecture.ofFamily(source.family().name());
            LoraTensors lora = LoraTensors.read(source, architecture, adapters, base);
            return write(out, architecture, lora.values(), lora.tensors(), false, progress);
        } catch (IOException failed) {
            throw failed(out, failed);
        }
    }

    private static PublishedCheckpoint open(Path model, Path out) {
        if (Files.exists(out)) {
            throw UserError.data(
                    out + ": exists already, and nothing is replaced; choose another file, or move it away");
        }
        return PublishedCheckpoint.open(model);
    }

    private static ExportResult write(
            Path out,
            GgufArchitecture architecture,
            GgufValues values,
            List<GgufWriter.Tensor> tensors,
            boolean tokenizer,
            PrepareProgress progress)
            throws IOException {
        Path parent = out.toAbsolutePath().getParent();
        Files.createDirectories(parent);
        long total = tensors.stream().mapToLong(GgufWriter.Tensor::byteCount).sum();
        long free = Files.getFileStore(parent).getUsableSpace();
        if (free < total) {
            throw UserError.data(out + ": found " + (free >> 20) + " MiB free there, wanted " + (total >> 20)
                    + " MiB; free some space or choose another --out");
        }
        GgufWriter.write(out, values, tensors, done -> progress.update("writing", done, total));
        return new ExportResult(out, Files.size(out), architecture.architecture(), tensors.size(), tokenizer);
    }

    private static UserError failed(Path out, IOException failed) {
        return new UserError(ExitCode.FAILED, out + ": cannot be written: " + failed.getMessage(), failed);
    }
}
