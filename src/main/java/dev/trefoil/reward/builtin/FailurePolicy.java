package dev.trefoil.reward.builtin;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What to do when a reward model has no score for a sample.
 *
 * @param then what a fault that stays leads to
 * @param retries how many times a faulty sample is asked for again
 * @param pause before the first retry; doubled before each further one, up to {@link #LONGEST_PAUSE}
 */
record FailurePolicy(Then then, int retries, Duration pause) {

    static final Duration LONGEST_PAUSE = Duration.ofSeconds(60);

    private static final int RETRIES = 3;

    /** The policies by name. */
    enum Then {
        /** Ends the work at the first fault. */
        FAIL,
        /** Asks again, then ends the work. */
        RETRY,
        /** Leaves the sample out. */
        DROP
    }

    /**
     * Takes {@code on_failure}, {@code retries} and {@code retry_wait_seconds} out of the keys of a reward.yaml.
     *
     * @param values the keys, from which these three are removed
     * @param usual what a file that says nothing gets
     */
    static FailurePolicy take(Map<String, Object> values, Then usual) {
        Options options = new Options(values);
        List<String> names =
                Arrays.stream(Then.values()).map(FailurePolicy::name).toList();
        Then then = usual;
        if (options.has("on_failure")) {
            String found = options.text("on_failure");
            if (!names.contains(found)) {
                throw new IllegalArgumentException("on_failure: was '" + found + "'" + Nearest.hint(found, names)
                        + "; one of " + names + " is wanted");
            }
            then = Then.values()[names.indexOf(found)];
        }
        int retries = options.count("retries", then == Then.RETRY ? RETRIES : 0, 0, 100);
        Duration pause = options.seconds("retry_wait_seconds", 1);
        if (then == Then.FAIL && retries > 0) {
            throw new IllegalArgumentException("retries: was " + retries
                    + " with on_failure: fail; write on_failure: retry, or leave retries out");
        }
        values.keySet().removeAll(List.of("on_failure", "retries", "retry_wait_seconds"));
        return new FailurePolicy(then, retries, pause);
    }

    private static String name(Then then) {
        return then.name().toLowerCase(Locale.ROOT);
    }

    /** The pause before a retry, counted from 0. */
    Duration pause(int retry) {
        Duration doubled = pause.multipliedBy(1L << Math.min(retry, 20));
        return doubled.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : doubled;
    }
}
