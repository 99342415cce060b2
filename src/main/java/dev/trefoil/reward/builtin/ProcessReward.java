package dev.trefoil.reward.builtin;

import dev.trefoil.report.PrintableText;
import dev.trefoil.reward.RewardAnswer;
import dev.trefoil.reward.RewardException;
import dev.trefoil.reward.RewardModel;
import dev.trefoil.reward.RewardSample;
import dev.trefoil.reward.RewardScore;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeoutException;

/**
 * A reward computed by another program that reads and writes JSON lines (the protocol is in reward-models/README.md). The program
 * starts at the first batch and stays. When it dies it is started again and the batch repeated, a limited number of times. A late
 * or unreadable answer ends the batch with an error and the program with it, so that the next batch begins with a fresh one.
 */
final class ProcessReward implements RewardModel {

    private final String name;
    private final ProcessOptions options;
    private final Path folder;
    private final JsonLines lines;
    private final Requests requests;
    private ChildProcess child;
    private long asked;
    private long restarts;

    ProcessReward(String name, ProcessOptions options, Path folder) {
        this.name = name;
        this.options = options;
        this.folder = folder;
        this.lines = new JsonLines(name);
        this.requests = new Requests(name, options.batch(), 1, this::ask);
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

    /** {@code restarts}: programs started again after one that died. */
    @Override
    public Map<String, Long> counts() {
        return Map.of("restarts", restarts);
    }

    private List<RewardAnswer> ask(List<RewardSample> part) throws RewardException {
        long id = ++asked;
        String answer = exchange(lines.request(id, part));
        try {
            return lines.answer(id, part.size(), answer, true);
        } catch (RewardException fault) {
            // A program that refuses a sample is sound; one that writes something else is not to be trusted with the
            // next request.
            if (fault.sample() < 0) {
                drop();
            }
            throw fault;
        }
    }

    @Override
    public void close() {
        if (child != null) {
            child.close();
            child = null;
        }
    }

    private String exchange(String request) throws RewardException {
        for (int death = 0; ; death++) {
            start();
            Duration timeout = child.hasAnswered() ? options.timeout() : options.startTimeout();
            try {
                return child.exchange(request, timeout);
            } catch (EOFException dead) {
                String ending = child.ending();
                drop();
                restarts++;
                if (death >= options.restarts()) {
                    throw new RewardException(
                            name, "died " + (death + 1) + " times on the same batch: " + command() + ": " + ending);
                }
            } catch (TimeoutException late) {
                String tail = child.stderrTail();
                drop();
                throw new RewardException(
                        name,
                        "did not answer within " + timeout.toMillis() / 1000.0 + " s and was stopped: " + command()
                                + tail + "; raise timeout_seconds or start_timeout_seconds if it needs longer",
                        late);
            } catch (ChildProcess.LineTooLong tooLong) {
                drop();
                throw new RewardException(
                        name,
                        "answered with a line of more than max_line_bytes = " + options.maxLineBytes() + " bytes: "
                                + command());
            } catch (IOException e) {
                drop();
                throw new RewardException(name, "cannot be talked to: " + command() + ": " + e.getMessage(), e);
            } catch (InterruptedException e) {
                drop();
                Thread.currentThread().interrupt();
                throw RewardException.permanent(name, "was interrupted while it scored");
            }
        }
    }

    private void start() throws RewardException {
        if (child != null) {
            return;
        }
        try {
            child = ChildProcess.start(options, folder);
        } catch (IOException e) {
            throw new RewardException(
                    name,
                    "cannot be started: " + command() + ": " + e.getMessage() + "; set 'command' in its reward.yaml",
                    e);
        }
    }

    private void drop() {
        child.kill();
        child = null;
    }

    private String command() {
        return "'" + PrintableText.cut(String.join(" ", options.command()), 200) + "'";
    }
}
