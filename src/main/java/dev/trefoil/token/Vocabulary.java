package dev.trefoil.token;

import com.fasterxml.jackson.databind.JsonNode;
import dev.trefoil.UserError;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The tokens of a tokenizer.json.
 *
 * @param ids token to id, added tokens included
 * @param special ids that decoding leaves out when asked to
 */
record Vocabulary(Map<String, Integer> ids, Set<Integer> special) {

    static Vocabulary of(JsonNode tokenizer, Path file) {
        JsonNode listed = tokenizer.path("model").path("vocab");
        Map<String, Integer> ids = new LinkedHashMap<>();
        if (listed.isObject()) {
            listed.properties()
                    .forEach(entry -> ids.put(entry.getKey(), entry.getValue().intValue()));
        } else if (listed.isArray()) { // Unigram: [token, score] in the order of the ids
            for (int i = 0; i < listed.size(); i++) {
                ids.put(listed.get(i).path(0).asText(), i);
            }
        } else {
            throw UserError.data(file + ": has no model.vocab; wanted a Hugging Face tokenizer.json, fetch it again");
        }
        Set<Integer> special = new TreeSet<>();
        for (JsonNode added : tokenizer.path("added_tokens")) {
            int id = added.path("id").asInt();
            ids.put(added.path("content").asText(), id);
            if (added.path("special").asBoolean()) {
                special.add(id);
            }
        }
        return new Vocabulary(ids, special);
    }

    Set<String> specialTokens() {
        return ids.entrySet().stream()
                .filter(entry -> special.contains(entry.getValue()))
                .map(Map.Entry::getKey)
                .collect(Collectors.toUnmodifiableSet());
    }

    int size() {
        return ids.size();
    }

    int largestId() {
        return ids.values().stream().mapToInt(Integer::intValue).max().orElse(-1);
    }
}
