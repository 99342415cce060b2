package dev.trefoil.reward.builtin;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trefoil.report.PrintableText;
import dev.trefoil.reward.RewardAnswer;
import dev.trefoil.reward.RewardException;
import dev.trefoil.reward.RewardModel;
import dev.trefoil.reward.RewardSample;
import dev.trefoil.reward.RewardScore;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * A language model as the judge, behind the chat-completions interface that OpenAI defined and most servers of models offer: each
 * response is put into a prompt, and the score is the number that a pattern finds in the answer.
 */
final class JudgeReward implements RewardModel {

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final int SHOWN = 120;

    private final String name;
    private final HttpLink link;
    private final Requests requests;
    private final JudgePrompt prompt;
    private final ObjectNode request;
    private final Range range;

    /**
     * What counts as a score.
     *
     * @param pattern its first match, or that match's first group, is the number
     * @param least smallest score that is believed
     * @param most largest
     */
    private record Range(Pattern pattern, double least, double most) {}

    private JudgeReward(String name, HttpLink link, int parallel, JudgePrompt prompt, ObjectNode request, Range range) {
        this.name = name;
        this.link = link;
        this.requests = new Requests(name, 1, parallel, this::ask);
        this.prompt = prompt;
        this.request = request;
        this.range = range;
    }

    static JudgeReward create(String name, Map<String, Object> values, Path folder, UnaryOperator<String> environment) {
        Options options = new Options(values);
        HttpOptions http = HttpOptions.read(options, environment);
        ObjectNode request = JSON.createObjectNode();
        request.put("model", options.text("model"));
        request.put("temperature", options.number("temperature", 0, 0, 10));
        request.put("max_tokens", options.count("max_tokens", 16, 1, 1 << 20));
        options.map("request").forEach((key, value) -> request.set(key, JSON.valueToTree(value)));
        JudgePrompt prompt = JudgePrompt.read(options, folder);
        Range range = range(options);
        int parallel = options.count("parallel", 4, 1, 64);
        options.done();
        return new JudgeReward(name, new HttpLink(name, http), parallel, prompt, request, range);
    }

    private static Range range(Options options) {
        String pattern = options.text("pattern", "-?\\d+(?:\\.\\d+)?");
        double least = options.number("min", 1, -1e9, 1e9);
        double most = options.number("max", 10, -1e9, 1e9);
        if (!(least < most)) {
            throw new IllegalArgumentException("max: was " + most + ", above min = " + least + " is wanted");
        }
        try {
            return new Range(Pattern.compile(pattern), least, most);
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException(
                    "pattern: '" + pattern + "' is not a regular expression: " + e.getDescription());
        }
    }

    private List<RewardAnswer> ask(List<RewardSample> one) throws RewardException {
        ObjectNode body = request.deepCopy();
        ArrayNode messages = body.putArray("messages");
        if (!prompt.system().isEmpty()) {
            messages.addObject().put("role", "system").put("content", prompt.system());
        }
        messages.addObject().put("role", "user").put("content", prompt.about(one.get(0)));
        String said = said(link.post(body.toString()));
        try {
            return List.of(RewardAnswer.of(RewardScore.of(number(said))));
        } catch (IllegalArgumentException unclear) {
            // Of this sample only: another one may be judged well.
            return List.of(RewardAnswer.failed(new RewardException(name, 0, unclear.getMessage())));
        }
    }

    private String said(String answer) throws RewardException {
        JsonNode content;
        try {
            content = JSON.readTree(answer)
                    .path("choices")
                    .path(0)
                    .path("message")
                    .path("content");
        } catch (JsonProcessingException notJson) {
            content = null;
        }
        if (content == null || !content.isTextual()) {
            throw new RewardException(
                    name,
                    "answered without choices[0].message.content: '" + PrintableText.cut(answer, SHOWN)
                            + "'; url must be that of a chat-completions service");
        }
        return content.asText();
    }

    private double number(String said) {
        Matcher matcher = range.pattern().matcher(said);
        String shown = "'" + PrintableText.cut(said, SHOWN) + "'";
        String found = matcher.find() ? matcher.group(Math.min(1, matcher.groupCount())) : null;
        if (found == null) {
            throw new IllegalArgumentException("was answered with " + shown + ", in which pattern finds no number");
        }
        double score;
        try {
            score = Double.parseDouble(found);
        } catch (NumberFormatException notANumber) {
            throw new IllegalArgumentException(
                    "was answered with " + shown + ", in which pattern finds '" + found + "', which is no number");
        }
        if (!(score >= range.least() && score <= range.most())) {
            throw new IllegalArgumentException(
                    "was given " + found + ", outside of " + range.least() + " to " + range.most() + ", in " + shown);
        }
        return score;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public List<RewardScore> score(List<RewardSample> batch) throws RewardException {
        return requests.scores(batch);
    }

    @Override
    public List<RewardAnswer> answers(List<RewardSample> batch) {
        return requests.answers(batch);
    }

    @Override
    public void close() {
        requests.close();
    }
}
