package dev.trefoil.adapter;

import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import dev.trefoil.artifact.AtomicFiles;
import dev.trefoil.artifact.SafeTensorsFile;
import dev.trefoil.artifact.SafeTensorsWriter;
import dev.trefoil.artifact.SafeTensorsWriter.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * LoRA folders as Hugging Face PEFT writes and reads them: adapter_config.json and adapter_model.safetensors with tensors {@code
 * base_model.model.MODULE.lora_A.weight} [r, in], {@code ...lora_B.weight} [out, r], and {@code base_model.model.MODULE.weight}
 * for modules saved in full.
 */
public final class PeftFiles {

    private static final String WEIGHTS = "adapter_model.safetensors";
    private static final String PREFIX = "base_model.model.";
    private static final String A = ".lora_A.weight";
    private static final String B = ".lora_B.weight";
    private static final String SAVED = ".weight";
    private static final String SCORE = "score";

    private PeftFiles() {}

    /** Tensor name of a module's A. */
    public static String nameA(String module) {
        return PREFIX + module + A;
    }

    /** Tensor name of a module's B. */
    public static String nameB(String module) {
        return PREFIX + module + B;
    }

    /** Tensor name of a module saved in full. */
    public static String nameSaved(String module) {
        return PREFIX + module + SAVED;
    }

    /**
     * Writes both files, fp32, names in order; the same adapter gives the same bytes.
     *
     * @param folder created if missing
     * @param baseModelName what PEFT shall load under the adapter: a hub id or a folder
     */
    public static void write(Path folder, LoraAdapter adapter, String baseModelName, TaskType task) throws IOException {
        Map<String, Tensor> tensors = new TreeMap<>();
        for (LoraModule module : adapter.modules()) {
            LinearSite site = module.site();
            tensors.put(nameA(site.module()), tensor(adapter, module.offsetA(), module.rank(), site.columns()));
            tensors.put(nameB(site.module()), tensor(adapter, module.offsetB(), site.rows(), module.rank()));
        }
        for (SavedModule saved : adapter.savedModules()) {
            tensors.put(nameSaved(saved.name()), tensor(adapter, saved.offset(), saved.rows(), saved.columns()));
        }
        if (task == TaskType.SEQ_CLS && !tensors.containsKey(nameSaved(SCORE))) {
            throw UserError.contract(
                    "adapter " + adapter.name() + ": a SEQ_CLS adapter without its score head cannot be written");
        }
        Files.createDirectories(folder);
        Path partial = folder.resolve(WEIGHTS + ".partial");
        // transformers refuses a file whose metadata does not say which framework's layout it has.
        SafeTensorsWriter.write(partial, new LinkedHashMap<>(tensors), Map.of("format", "pt"));
        AtomicFiles.move(partial, folder.resolve(WEIGHTS));
        byte[] config = PeftConfig.write(adapter, targets(adapter), baseModelName, task);
        AtomicFiles.write(folder.resolve(PeftConfig.FILE), config);
    }

    private static Tensor tensor(LoraAdapter adapter, int offset, int rows, int columns) {
        ByteBuffer data = adapter.valueBytes().slice(offset * Float.BYTES, rows * columns * Float.BYTES);
        return new Tensor("F32", new long[] {rows, columns}, data);
    }

    /** {@code all-linear} becomes names, as PEFT itself writes it: what is linear depends on how a base is loaded. */
    private static TargetModules targets(LoraAdapter adapter) {
        TargetModules targets = adapter.config().targetModules();
        if (targets != null && !TargetModules.ALL_LINEAR.equals(targets.pattern())) {
            return targets;
        }
        List<LinearSite> sites =
                adapter.modules().stream().map(LoraModule::site).toList();
        return TargetModules.names(
                TargetMatcher.leafNames(sites).stream().sorted().toList());
    }

    /**
     * Reads a LoRA folder, fp32, fp16 or bf16, without gradients.
     *
     * @param sites all linears of the base
     * @param name for the adapter
     * @throws UserError (config or data) if the folder is no readable LoRA adapter; (contract) if it is one for another base
     */
    public static LoraAdapter read(Path folder, List<LinearSite> sites, String name) {
        if (!Files.isDirectory(folder)) {
            throw UserError.data(folder + ": no such folder; wanted an adapter's folder with " + PeftConfig.FILE
                    + " and " + WEIGHTS);
        }
        PeftConfig config = PeftConfig.read(folder);
        Path file = weights(folder);
        try (SafeTensorsFile tensors = SafeTensorsFile.open(file)) {
            if (tensors.names().isEmpty()) {
                throw UserError.data(
                        file + ": holds no tensors; the adapter was saved wrongly (its weights were not gathered): "
                                + "save it again");
            }
            PeftTensors content = PeftTensors.of(file, tensors, config.lora(), sites);
            content.checkComplete(file, config, sites);
            LoraConfig lora = content.exactTargets(config);
            LoraAdapter adapter = LoraAdapter.zeros(name, lora, content.adapted(), content.saved());
            fill(adapter, tensors);
            return adapter;
        }
    }

    private static Path weights(Path folder) {
        Path file = folder.resolve(WEIGHTS);
        if (Files.isRegularFile(file)) {
            return file;
        }
        if (Files.exists(folder.resolve("adapter_model.bin"))) {
            throw UserError.data(folder.resolve("adapter_model.bin")
                    + ": a pickled adapter, which can run code when it is read, so it "
                    + "is not; load it with PEFT and save it again with save_pretrained(folder, safe_serialization=True), which "
                    + "writes " + WEIGHTS);
        }
        throw new UserError(
                ExitCode.CONFIG_OR_DATA,
                file + ": no such file; wanted the weights that PEFT's save_pretrained writes");
    }

    private static void fill(LoraAdapter adapter, SafeTensorsFile tensors) {
        for (LoraModule module : adapter.modules()) {
            String published = module.site().module();
            adapter.a(module).put(tensors.floats(nameA(published)));
            adapter.b(module).put(tensors.floats(nameB(published)));
        }
        for (SavedModule saved : adapter.savedModules()) {
            adapter.savedValues(saved.name()).put(tensors.floats(nameSaved(saved.name())));
        }
    }
}
