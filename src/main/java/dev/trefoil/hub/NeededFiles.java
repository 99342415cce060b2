package dev.trefoil.hub;

import dev.trefoil.UserError;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** Which files of a repository a base is prepared from. */
final class NeededFiles {

    private static final Set<String> COMPANIONS = Set.of(
            "config.json",
            "generation_config.json",
            "tokenizer.json",
            "tokenizer_config.json",
            "special_tokens_map.json",
            "chat_template.jinja");
    private static final String SINGLE = "model.safetensors";
    private static final String INDEX = "model.safetensors.index.json";
    private static final String SHARD = "model-[0-9]+-of-[0-9]+\\.safetensors";

    private NeededFiles() {}

    /**
     * @param names of the files at the top of the repository
     * @param gguf a GGUF file that is wanted instead of safetensors, or null
     * @throws UserError when there is no form of the weights that is read
     */
    static List<String> of(ModelId id, Collection<String> names, String gguf) {
        List<String> ggufs = ending(names, ".gguf");
        if (gguf != null) {
            if (!ggufs.contains(gguf)) {
                throw UserError.data(id + ": has no file " + gguf + "; its GGUF files: " + listed(ggufs));
            }
            return List.of(gguf);
        }
        if (names.contains(SINGLE)) {
            return with(names, Stream.of(SINGLE));
        }
        if (names.contains(INDEX)) {
            return with(names, Stream.concat(Stream.of(INDEX), names.stream().filter(name -> name.matches(SHARD))));
        }
        if (ggufs.size() == 1) {
            return ggufs;
        }
        if (!ggufs.isEmpty()) {
            throw UserError.data(id + ": has several GGUF files; choose one with --file: " + listed(ggufs));
        }
        List<String> pickles = ending(names, ".bin");
        if (!pickles.isEmpty()) {
            throw UserError.data(id + ": has its weights only as " + pickles.get(0)
                    + " (pickle, which can run code), wanted safetensors; look for a revision that has them (such as"
                    + " refs/convert or a pull request on its page), or convert it once in Python:"
                    + " AutoModelForCausalLM.from_pretrained(\"" + id.repository()
                    + "\").save_pretrained(NEW, safe_serialization=True), then prepare the folder NEW");
        }
        throw UserError.data(id + ": has no weights at its top: neither " + SINGLE + " nor " + INDEX
                + " nor a GGUF file; it holds " + listed(List.copyOf(names)));
    }

    private static List<String> with(Collection<String> names, Stream<String> weights) {
        List<String> all = new ArrayList<>(
                names.stream().filter(COMPANIONS::contains).sorted().toList());
        weights.sorted().forEach(all::add);
        return all;
    }

    private static List<String> ending(Collection<String> names, String end) {
        return names.stream().filter(name -> name.endsWith(end)).sorted().toList();
    }

    private static String listed(List<String> names) {
        int most = 12;
        return names.isEmpty()
                ? "none"
                : String.join(", ", names.subList(0, Math.min(most, names.size())))
                        + (names.size() > most ? ", ..." : "");
    }
}
