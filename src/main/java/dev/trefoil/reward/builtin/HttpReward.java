package dev.trefoil.reward.builtin;

import dev.trefoil.reward.RewardAnswer;
import dev.trefoil.reward.RewardException;
import dev.trefoil.reward.RewardModel;
import dev.trefoil.reward.RewardSample;
import dev.trefoil.reward.RewardScore;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;

/** A reward computed by an HTTP service: one POST a request, with the JSON of the process protocol as its body. */
final class HttpReward implements RewardModel {

    private final String name;
    private final HttpLink link;
    private final JsonLines lines;
    private final Requests requests;
    private final AtomicLong asked = new AtomicLong();

    private HttpReward(String name, HttpLink link, int batch, int parallel) {
        this.name = name;
        this.link = link;
        this.lines = new JsonLines(name);
        this.requests = new Requests(name, batch, parallel, this::ask);
    }

    static HttpReward create(String name, Map<String, Object> values, UnaryOperator<String> environment) {
        Options options = new Options(values);
        HttpOptions http = HttpOptions.read(options, environment);
        int batch = options.count("batch", 32, 1, 1 << 20);
        int parallel = options.count("parallel", 1, 1, 64);
        options.done();
        return new HttpReward(name, new HttpLink(name, http), batch, parallel);
    }

    private List<RewardAnswer> ask(List<RewardSample> part) throws RewardException {
        long id = asked.incrementAndGet();
        return lines.answer(id, part.size(), link.post(lines.request(id, part)), false);
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
