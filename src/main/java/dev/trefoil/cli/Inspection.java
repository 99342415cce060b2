package dev.trefoil.cli;

import dev.trefoil.UserError;
import dev.trefoil.artifact.Artifact;
import dev.trefoil.artifact.Manifest;
import dev.trefoil.artifact.SafeTensorsFile;
import dev.trefoil.data.DataFile;
import dev.trefoil.data.ReadOptions;
import dev.trefoil.data.Row;
import dev.trefoil.data.RowReader;
import dev.trefoil.data.SampleKind;
import dev.trefoil.quant.BaseConfig;
import dev.trefoil.quant.BaseStore;
import dev.trefoil.quant.Shape;
import dev.trefoil.report.PrintableText;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** What a path holds, as keys and values for people or JSON. */
final class Inspection {

    private static final int CELL = 160;
    private static final String PEFT_CONFIG = "adapter_config.json";
    private static final String PEFT_WEIGHTS = "adapter_model.safetensors";
    private static final List<SampleKind<?>> KINDS = List.of(
            SampleKind.TEXT,
            SampleKind.MESSAGES,
            SampleKind.COMPLETION,
            SampleKind.PREFERENCE,
            SampleKind.PROMPT,
            SampleKind.LABELLED);

    private Inspection() {}

    static Map<String, Object> of(Path path, int rows, boolean check) {
        if (Files.isDirectory(path)) {
            if (Files.exists(path.resolve(BaseConfig.FILE_NAME))) {
                return base(path, check);
            }
            if (Artifact.exists(path)) {
                return artifact(path);
            }
            if (Files.exists(path.resolve(PEFT_CONFIG)) || Files.exists(path.resolve(PEFT_WEIGHTS))) {
                return adapter(path);
            }
            throw UserError.data(path + ": a folder with none of " + BaseConfig.FILE_NAME
                    + " (base store), manifest.json"
                    + " (artifact) and " + PEFT_CONFIG + " (adapter); a published model becomes a base store with"
                    + " 'trefoil prepare'");
        }
        return path.getFileName().toString().endsWith(".safetensors") ? tensors(path) : data(path, rows);
    }

    private static Map<String, Object> base(Path path, boolean check) {
        try (BaseStore store = BaseStore.open(path)) {
            BaseConfig config = store.config();
            Shape shape = config.shape();
            Map<String, Object> found = new LinkedHashMap<>();
            found.put("what", "base store");
            found.put("family", config.family());
            found.put("precision", config.precision().name().toLowerCase(Locale.ROOT));
            found.put("embeddings", config.embeddings().name().toLowerCase(Locale.ROOT));
            found.put("layers", shape.layers());
            found.put("hidden size", shape.hiddenSize());
            found.put(
                    "heads",
                    shape.heads() + " of " + shape.headDim() + ", " + shape.kvHeads() + " for keys and values");
            found.put("vocabulary", shape.vocabSize());
            found.put("context", shape.contextLength());
            found.put("tied head", config.switches().tiedHead());
            found.put(
                    "weights",
                    Sizes.text(store.byteCount()) + " in " + config.shards().size() + " files");
            found.put(
                    "made from", config.source().kind() + " " + config.source().description());
            found.put("base hash", config.baseHash());
            found.put("tokenizer hash", config.tokenizerHash().isEmpty() ? "none" : config.tokenizerHash());
            if (check) {
                store.verifyHashes();
                found.put("checked", "all weights have their hashes");
            }
            return found;
        }
    }

    private static Map<String, Object> artifact(Path path) {
        Artifact artifact = Artifact.open(path);
        Manifest manifest = artifact.manifest();
        Map<String, Object> found = new LinkedHashMap<>();
        found.put("what", "artifact of the " + manifest.kind() + " stage");
        found.put("hash", artifact.hash());
        found.put("version", manifest.version());
        found.put("seed", manifest.seed());
        found.put("inputs", manifest.hashes());
        found.put("builds on", manifest.parents());
        found.put("golden scores", manifest.golden().size());
        found.put(
                "files",
                manifest.files().stream().map(Manifest.SealedFile::path).toList());
        found.put("records", manifest.records());
        if (Files.exists(artifact.adapter().resolve(PEFT_WEIGHTS))) {
            Map<String, Object> adapter = adapter(artifact.adapter());
            adapter.remove("what");
            found.put("adapter", adapter);
        }
        return found;
    }

    private static Map<String, Object> adapter(Path path) {
        Map<String, Object> found = new LinkedHashMap<>();
        found.put("what", "PEFT adapter");
        Path weights = path.resolve(PEFT_WEIGHTS);
        if (!Files.exists(weights)) {
            throw UserError.data(weights + ": no such file; wanted the weights that PEFT's save_pretrained writes");
        }
        try (SafeTensorsFile file = SafeTensorsFile.open(weights)) {
            long numbers = 0;
            Set<Long> ranks = new TreeSet<>();
            Set<String> modules = new TreeSet<>();
            List<String> whole = new ArrayList<>();
            for (String name : file.names()) {
                SafeTensorsFile.Info info = file.info(name);
                numbers += info.elements();
                if (name.endsWith(".lora_A.weight")) {
                    ranks.add(info.shape()[0]);
                    String module = name.substring(0, name.length() - ".lora_A.weight".length());
                    modules.add(module.substring(module.lastIndexOf('.') + 1));
                } else if (!name.endsWith(".lora_B.weight")) {
                    whole.add(name + " " + Arrays.toString(info.shape()));
                }
            }
            found.put("parameters", numbers);
            found.put("ranks", ranks);
            found.put("linears", modules);
            found.put("saved in full", whole);
            return found;
        }
    }

    private static Map<String, Object> tensors(Path path) {
        try (SafeTensorsFile file = SafeTensorsFile.open(path)) {
            Map<String, Object> found = new LinkedHashMap<>();
            found.put("what", "safetensors file");
            found.put("metadata", file.metadata());
            for (String name : file.names()) {
                SafeTensorsFile.Info info = file.info(name);
                found.put(name, info.dtype() + " " + Arrays.toString(info.shape()));
            }
            return found;
        }
    }

    private static Map<String, Object> data(Path path, int rows) {
        Map<String, Object> found = new LinkedHashMap<>();
        List<Map<String, Object>> first = new ArrayList<>();
        Set<String> columns = new LinkedHashSet<>();
        long count = 0;
        try (RowReader reader = DataFile.read(path, ReadOptions.defaults())) {
            while (reader.hasNext()) {
                Row row = reader.next();
                columns.addAll(row.values().keySet());
                if (first.size() < rows) {
                    first.add(row.values());
                }
                count++;
            }
        }
        found.put("what", "data file");
        found.put("rows", count);
        found.put("columns", columns);
        found.put("fits as it is", fits(columns));
        found.put("first rows", first);
        return found;
    }

    private static List<String> fits(Set<String> columns) {
        List<String> fitting = KINDS.stream()
                .filter(kind -> columns.containsAll(kind.required()))
                .map(SampleKind::name)
                .toList();
        return fitting.isEmpty()
                ? List.of("nothing: map columns with `columns:` or `template:` of a data section")
                : fitting;
    }

    static void print(Map<String, Object> found, PrintWriter out) {
        int width = found.keySet().stream().mapToInt(String::length).max().orElse(0);
        found.forEach((key, value) -> {
            if (value instanceof List<?> list && !list.isEmpty() && list.get(0) instanceof Map<?, ?>) {
                out.println(key + ":");
                list.forEach(item -> out.println("  " + PrintableText.cut(String.valueOf(item), CELL)));
            } else {
                out.println(key + " ".repeat(width - key.length() + 2) + text(value));
            }
        });
    }

    private static String text(Object value) {
        if (value instanceof Map<?, ?> map) {
            return map.isEmpty()
                    ? "nothing"
                    : String.join(
                            ", ",
                            map.entrySet().stream()
                                    .map(entry -> entry.getKey() + " " + text(entry.getValue()))
                                    .toList());
        }
        if (value instanceof Collection<?> list) {
            return list.isEmpty()
                    ? "none"
                    : String.join(", ", list.stream().map(String::valueOf).toList());
        }
        return PrintableText.of(String.valueOf(value));
    }
}
