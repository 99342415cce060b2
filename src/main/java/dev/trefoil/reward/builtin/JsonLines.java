package dev.trefoil.reward.builtin;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.trefoil.report.PrintableText;
import dev.trefoil.reward.RewardAnswer;
import dev.trefoil.reward.RewardException;
import dev.trefoil.reward.RewardSample;
import dev.trefoil.reward.RewardScore;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes a request line and reads its answer line. Requests are pure ASCII, so that they mean the same to a child in any locale.
 * NaN and Infinity, which Python's writer puts out, are read in order to be refused by name.
 */
final class JsonLines {

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private static final int SHOWN = 120;

    private final String model;

    /** Takes the model's name for messages. */
    JsonLines(String model) {
        this.model = model;
    }

    String request(long id, List<RewardSample> samples) throws RewardException {
        Map<String, Object> request = new LinkedHashMap<>();
        request.put("id", id);
        List<Map<String, Object>> items = new ArrayList<>(samples.size());
        for (RewardSample sample : samples) {
            Map<String, Object> item = new LinkedHashMap<>();
            item.put("prompt", sample.prompt());
            item.put("response", sample.response());
            item.put("metadata", sample.metadata());
            items.add(item);
        }
        request.put("samples", items);
        try {
            return JSON.writeValueAsString(request);
        } catch (JsonProcessingException e) {
            throw new RewardException(model, "cannot be sent the metadata: " + e.getOriginalMessage(), e);
        }
    }

    /**
     * Reads an answer.
     *
     * @param samples how many were asked about
     * @param numbered whether the answer must repeat the id; where each answer comes with its own request, it need not
     * @return one answer per sample; one whose score is not a finite number has a fault
     * @throws RewardException when it is no answer at all, or the program refused a sample or the request
     */
    List<RewardAnswer> answer(long id, int samples, String line, boolean numbered) throws RewardException {
        JsonNode node = parse(line);
        if (node.has("error")) {
            String text = PrintableText.cut(node.get("error").asText(), 1000);
            if (node.path("sample").isInt()) {
                throw new RewardException(model, node.get("sample").asInt(), "was refused: " + text);
            }
            throw new RewardException(model, "reported an error: " + text);
        }
        boolean expected = node.path("id").isIntegralNumber() && node.get("id").asLong() == id;
        if (!expected && (numbered || node.has("id"))) {
            throw new RewardException(
                    model,
                    "answered request id " + PrintableText.cut(node.path("id").toString(), 40) + " when " + id
                            + " was asked; it must answer once per request, and a program must write nothing else to stdout");
        }
        JsonNode scores = node.path("scores");
        if (!scores.isArray() || scores.size() != samples) {
            String found = scores.isArray() ? scores.size() + " scores" : "no list 'scores'";
            throw new RewardException(model, "answered with " + found + " for " + samples + " samples");
        }
        List<RewardAnswer> read = new ArrayList<>(samples);
        for (int i = 0; i < samples; i++) {
            try {
                read.add(RewardAnswer.of(score(i, scores.get(i))));
            } catch (RewardException fault) {
                read.add(RewardAnswer.failed(fault));
            }
        }
        return read;
    }

    private JsonNode parse(String line) throws RewardException {
        JsonNode node;
        try {
            node = JSON.readTree(line);
        } catch (JsonProcessingException e) {
            node = null;
        }
        if (node == null || !node.isObject()) {
            throw new RewardException(
                    model,
                    "answered with something that is not a JSON object: '" + PrintableText.cut(line, SHOWN)
                            + "'; a program's own messages must go to stderr");
        }
        return node;
    }

    private RewardScore score(int sample, JsonNode node) throws RewardException {
        if (node.isNumber()) {
            return RewardScore.of(number(sample, "score", node));
        }
        if (!node.isObject()) {
            throw new RewardException(
                    model,
                    sample,
                    "has the score " + PrintableText.cut(node.toString(), SHOWN) + "; a number is wanted");
        }
        double[] tokens = null;
        if (node.path("tokens").isArray()) {
            tokens = new double[node.get("tokens").size()];
            for (int i = 0; i < tokens.length; i++) {
                tokens[i] =
                        number(sample, "token score " + i, node.get("tokens").get(i));
            }
        }
        Map<String, Double> parts = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> part : node.path("parts").properties()) {
            parts.put(part.getKey(), number(sample, "part '" + part.getKey() + "'", part.getValue()));
        }
        return new RewardScore(number(sample, "score", node.path("score")), tokens, parts);
    }

    private double number(int sample, String what, JsonNode node) throws RewardException {
        if (!node.isNumber() || !Double.isFinite(node.doubleValue())) {
            String found = node.isMissingNode() ? "nothing" : PrintableText.cut(node.toString(), SHOWN);
            throw new RewardException(
                    model, sample, "has " + found + " as its " + what + "; a finite number is wanted");
        }
        return node.doubleValue();
    }
}
