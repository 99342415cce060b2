package dev.trefoil.verify;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.trefoil.UserError;
import dev.trefoil.adapter.LinearSite;
import dev.trefoil.adapter.LoraAdapter;
import dev.trefoil.adapter.LoraConfig;
import dev.trefoil.adapter.LoraModule;
import dev.trefoil.adapter.PeftFiles;
import dev.trefoil.adapter.Slot;
import dev.trefoil.adapter.TaskType;
import dev.trefoil.artifact.SafeTensorsFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * {@code peft_defaults}: the linears that PEFT adapts when none are named, the tensors that come of it, and its configuration file,
 * read and written.
 */
final class PeftDefaultsCase implements CaseCheck {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String CONFIG = "adapter_config.json";
    private static final String WEIGHTS = "adapter_model.safetensors";
    private static final String A = ".lora_A.weight";

    /** A linear beside the targets, which the defaults must leave alone. */
    private static final String OTHER = "not_a_target";

    @Override
    public void check(GoldenCase golden, Deviations deviations) {
        golden.scalars().properties().forEach(family -> {
            Path folder = GoldenBase.temporaryFolder();
            try {
                new Defaults(golden, deviations, family.getKey(), family.getValue(), folder).check();
            } catch (IOException unreadable) {
                throw UserError.data(
                        golden.folder().resolve(family.getKey()) + ": cannot be read: " + unreadable.getMessage());
            } finally {
                GoldenBase.delete(folder);
            }
        });
    }

    private record Defaults(GoldenCase golden, Deviations deviations, String family, JsonNode want, Path folder) {

        void check() throws IOException {
            JsonNode published = JSON.readTree(
                    golden.folder().resolve(family).resolve(CONFIG).toFile());
            int rank = published.path("r").asInt();
            LoraConfig config = LoraConfig.of(rank, published.path("lora_alpha").asDouble(), 0, null)
                    .forFamily(family);
            deviations.exact(
                    family + ".target_modules",
                    new TreeSet<>(config.targetModules().names()),
                    new TreeSet<>(texts(want.path("target_modules"))));
            LoraAdapter adapter = LoraAdapter.create("golden", config, sites(), 1);
            PeftFiles.write(folder, adapter, "base", TaskType.CAUSAL_LM);
            written(published);
            read(published);
        }

        /** The linears that the case's tensor names and shapes tell of, and one more of the same layer. */
        private List<LinearSite> sites() {
            List<LinearSite> sites = new ArrayList<>();
            want.path("tensors").properties().forEach(tensor -> {
                if (tensor.getKey().endsWith(A)) {
                    String module = tensor.getKey().substring("base_model.model.".length());
                    module = module.substring(0, module.length() - A.length());
                    int columns = tensor.getValue().path(1).asInt();
                    int rows = want.path("tensors")
                            .path(PeftFiles.nameB(module))
                            .path(0)
                            .asInt();
                    sites.add(new LinearSite(0, Slot.QKV, module, rowsBefore(sites), rows, columns));
                }
            });
            LinearSite first = sites.get(0);
            String parent = first.module().substring(0, first.module().lastIndexOf('.') + 1);
            sites.add(new LinearSite(0, Slot.OUT, parent + OTHER, 0, first.columns(), first.columns()));
            return sites;
        }

        private static int rowsBefore(List<LinearSite> sites) {
            return sites.stream().mapToInt(LinearSite::rows).sum();
        }

        private void written(JsonNode published) throws IOException {
            Map<String, List<Long>> got = new TreeMap<>();
            try (SafeTensorsFile file = SafeTensorsFile.open(folder.resolve(WEIGHTS))) {
                for (String name : file.names()) {
                    got.put(name, Arrays.stream(file.info(name).shape()).boxed().toList());
                }
            }
            Map<String, List<Long>> wanted = new TreeMap<>();
            want.path("tensors").properties().forEach(tensor -> {
                List<Long> shape = new ArrayList<>();
                tensor.getValue().forEach(size -> shape.add(size.asLong()));
                wanted.put(tensor.getKey(), shape);
            });
            deviations.exact(family + ".tensors", got, wanted);
            JsonNode config = JSON.readTree(folder.resolve(CONFIG).toFile());
            Set<String> differ = new LinkedHashSet<>();
            config.properties().forEach(entry -> {
                boolean same = published.has(entry.getKey())
                        && plain(entry.getValue()).equals(plain(published.path(entry.getKey())));
                if (!same && !entry.getKey().equals("base_model_name_or_path")) {
                    differ.add(entry.getKey());
                }
            });
            deviations.exact(family + ".adapter_config written", differ, Set.of());
        }

        /** Lists in any order, whole numbers as such. */
        private static Object plain(JsonNode value) {
            if (value.isArray()) {
                return new TreeSet<>(texts(value));
            }
            return value.isNumber() ? (Object) value.asDouble() : value;
        }

        /** The published file beside weights of its shapes. */
        private void read(JsonNode published) throws IOException {
            Files.copy(
                    golden.folder().resolve(family).resolve(CONFIG),
                    folder.resolve(CONFIG),
                    StandardCopyOption.REPLACE_EXISTING);
            LoraAdapter adapter = PeftFiles.read(folder, sites(), "golden");
            Set<String> leaves = new TreeSet<>();
            for (LoraModule module : adapter.modules()) {
                String name = module.site().module();
                leaves.add(name.substring(name.lastIndexOf('.') + 1));
                deviations.scalar(
                        family + ".r", module.rank(), published.path("r").asDouble(), Tolerance.exactly());
                deviations.scalar(
                        family + ".scaling",
                        module.scaling(),
                        published.path("lora_alpha").asDouble()
                                / published.path("r").asDouble(),
                        Tolerance.of(1e-12, 0));
            }
            deviations.exact(
                    family + ".adapter_config read", leaves, new TreeSet<>(texts(published.path("target_modules"))));
        }

        private static List<String> texts(JsonNode array) {
            List<String> values = new ArrayList<>();
            array.forEach(node -> values.add(node.asText()));
            return values;
        }
    }
}
