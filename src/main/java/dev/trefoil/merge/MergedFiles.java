package dev.trefoil.merge;

import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trefoil.UserError;
import dev.trefoil.adapter.LinearSite;
import dev.trefoil.artifact.NumberFormats;
import dev.trefoil.artifact.SafeTensorsFile.Info;
import dev.trefoil.artifact.SafeTensorsWriter;
import dev.trefoil.artifact.SafeTensorsWriter.Declaration;
import dev.trefoil.prepare.PublishedCheckpoint;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

/** Writes the weight files of a merged model: untouched tensors byte by byte, the others in pieces of a few rows. */
final class MergedFiles {

    private static final String WEIGHT = ".weight";
    private static final String INDEX = "model.safetensors.index.json";
    private static final int PIECE_ELEMENTS = 1 << 20;

    private final PublishedCheckpoint source;
    private final Adapters adapters;
    private final Map<String, List<Adapters.Factors>> factors;
    private final Map<String, LinearSite> sites = new HashMap<>();
    /** Heads in full, by tensor name. */
    private final Map<String, Adapters.Saved> heads = new LinkedHashMap<>();

    MergedFiles(PublishedCheckpoint source, Adapters adapters) {
        this.source = source;
        this.adapters = adapters;
        this.factors = adapters.bySite();
        source.sites().forEach(site -> sites.put(site.module(), site));
        if (adapters.score().isPresent()) {
            heads.put(
                    adapters.score().get().module().name() + WEIGHT,
                    adapters.score().get());
        } else {
            // PEFT calls every family's head as transformers 5 does, the checkpoint as it always did
            adapters.head().ifPresent(saved -> heads.put(source.family().head() + WEIGHT, saved));
        }
    }

    int merged() {
        return factors.size();
    }

    /** Bytes of all tensors. */
    long totalBytes() {
        return declarations().values().stream()
                .mapToLong(Declaration::byteCount)
                .sum();
    }

    /** A classifier has no LM head; a head that an adapter carries takes its dtype from the embedding, the score stays float32. */
    private Map<String, Declaration> declarations() {
        String head = source.family().head() + WEIGHT;
        Map<String, Declaration> tensors = new LinkedHashMap<>();
        for (String name : source.names()) {
            if (!(adapters.score().isPresent() && name.equals(head))) {
                Info info = source.info(name);
                tensors.put(name, new Declaration(info.dtype(), info.shape()));
            }
        }
        String dtype = tensors.values().iterator().next().dtype();
        heads.forEach((name, saved) -> {
            long[] shape = {saved.module().rows(), saved.module().columns()};
            Declaration before = tensors.get(name);
            String format = adapters.score().isPresent() ? "F32" : before == null ? dtype : before.dtype();
            tensors.put(name, new Declaration(format, shape));
        });
        return tensors;
    }

    /**
     * Writes all files and, when there are several, their index.
     *
     * @param progress receives bytes written and bytes in all
     * @return names of the weight files
     */
    List<String> write(Path folder, long shardBytes, BiConsumer<Long, Long> progress) throws IOException {
        List<Map<String, Declaration>> shards = shards(declarations(), shardBytes);
        List<String> files = new ArrayList<>();
        ObjectNode weightMap = JsonMapper.builder().build().createObjectNode();
        long total = totalBytes();
        long done = 0;
        for (int i = 0; i < shards.size(); i++) {
            String file = shards.size() == 1
                    ? "model.safetensors"
                    : String.format("model-%05d-of-%05d.safetensors", i + 1, shards.size());
            files.add(file);
            // transformers refuses a file that does not say which framework's layout it has
            try (SafeTensorsWriter writer = SafeTensorsWriter.create(
                    folder.resolve(file), shards.get(i), Map.of("format", "pt"), SafeTensorsWriter.ALIGNMENT)) {
                for (Map.Entry<String, Declaration> entry : shards.get(i).entrySet()) {
                    write(writer, entry.getKey(), entry.getValue());
                    weightMap.put(entry.getKey(), file);
                    progress.accept(done += entry.getValue().byteCount(), total);
                }
            }
        }
        if (shards.size() > 1) {
            JsonMapper mapper = JsonMapper.builder()
                    .enable(SerializationFeature.INDENT_OUTPUT)
                    .build();
            ObjectNode index = mapper.createObjectNode();
            index.putObject("metadata").put("total_size", total);
            index.set("weight_map", weightMap);
            Files.writeString(folder.resolve(INDEX), mapper.writeValueAsString(index) + "\n");
        }
        return files;
    }

    private static List<Map<String, Declaration>> shards(Map<String, Declaration> tensors, long limit) {
        List<Map<String, Declaration>> shards = new ArrayList<>();
        Map<String, Declaration> current = new LinkedHashMap<>();
        long size = 0;
        for (Map.Entry<String, Declaration> entry : tensors.entrySet()) {
            long bytes = entry.getValue().byteCount();
            if (size + bytes > limit && !current.isEmpty()) {
                shards.add(current);
                current = new LinkedHashMap<>();
                size = 0;
            }
            current.put(entry.getKey(), entry.getValue());
            size += bytes;
        }
        shards.add(current);
        return shards;
    }

    private void write(SafeTensorsWriter writer, String name, Declaration declaration) throws IOException {
        if (heads.containsKey(name)) {
            writer.append(name, encode(name, heads.get(name).values(), declaration.dtype()));
            return;
        }
        String module = name.endsWith(WEIGHT) ? name.substring(0, name.length() - WEIGHT.length()) : name;
        if (!factors.containsKey(module)) {
            writer.append(name, source.bytes(name));
            return;
        }
        MergedTensor merged = new MergedTensor(sites.get(module), factors.get(module));
        int rows = Math.toIntExact(declaration.shape()[0]);
        int columns = Math.toIntExact(declaration.shape()[1]);
        int step = Math.max(1, PIECE_ELEMENTS / columns);
        for (int first = 0; first < rows; first += step) {
            int count = Math.min(step, rows - first);
            float[] values = source.floats(name, (long) first * columns, count * columns);
            merged.addTo(values, first, count);
            writer.append(name, encode(name, values, declaration.dtype()));
        }
    }

    /** Rounded half to even into the source's own format. */
    private static ByteBuffer encode(String name, float[] values, String dtype) {
        int width = dtype.equals("F32") ? 4 : 2;
        ByteBuffer bytes = ByteBuffer.allocate(width * values.length).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            switch (dtype) {
                case "F32" -> bytes.putFloat(value);
                case "BF16" -> bytes.putShort(NumberFormats.toBfloat16(value));
                case "F16" -> bytes.putShort(half(name, value));
                default -> throw new IllegalStateException(name + ": " + dtype);
            }
        }
        return bytes.flip();
    }

    private static short half(String name, float value) {
        short half = NumberFormats.toHalf(value);
        if ((half & 0x7fff) >= 0x7c00) {
            throw UserError.data(name + ": merged, a weight becomes " + value
                    + ", beyond the fp16 of the source; the adapter has diverged, or belongs to another model");
        }
        return half;
    }
}
