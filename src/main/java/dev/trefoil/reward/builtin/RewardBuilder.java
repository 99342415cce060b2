package dev.trefoil.reward.builtin;

import dev.trefoil.UserError;
import dev.trefoil.config.ConfigReader;
import dev.trefoil.model.EngineConfig;
import dev.trefoil.reward.RewardModel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * Makes a model from the keys of a reward.yaml. A leaf (a model that judges by itself) gets a failure policy; a model around other
 * models passes on what theirs decide.
 *
 * @param depth how many models this one is inside of
 */
record RewardBuilder(
        RewardModels models, ArtifactRewardOpener artifacts, UnaryOperator<String> environment, int depth) {

    private static final List<String> LEAVES =
            List.of("lexicon", "rule", "java", "process", "http", "judge", "artifact", "classifier");
    private static final List<String> WRAPPERS = List.of("weighted", "clip", "normalise", "cache");
    private static final int DEEPEST = 8;

    /** @throws UserError for anything wrong in the keys; the message begins with {@code where} */
    RewardModel build(String name, String where, Map<String, Object> values, Path home) {
        Map<String, Object> rest = new LinkedHashMap<>(values);
        String kind = String.valueOf(rest.remove("kind"));
        try {
            if (depth > DEEPEST) {
                throw new IllegalArgumentException(
                        "of: models stand inside each other more than " + DEEPEST + " deep; does one name itself?");
            }
            if (WRAPPERS.contains(kind)) {
                return wrapper(kind, name, where, rest, home);
            }
            if (!LEAVES.contains(kind)) {
                List<String> kinds = new ArrayList<>(LEAVES);
                kinds.addAll(WRAPPERS);
                throw new IllegalArgumentException(
                        "kind: was " + kind + Nearest.hint(kind, kinds) + "; one of " + kinds + " is wanted");
            }
            boolean remote = kind.equals("http") || kind.equals("judge");
            FailurePolicy policy =
                    FailurePolicy.take(rest, remote ? FailurePolicy.Then.RETRY : FailurePolicy.Then.FAIL);
            return new GuardedReward(leaf(kind, name, where, rest, home), policy);
        } catch (IllegalArgumentException e) {
            throw UserError.data(where + ": " + e.getMessage());
        }
    }

    /** An artifact of the reward stage that was named itself. */
    RewardModel artifact(Path folder, Map<String, Object> overrides) {
        try {
            Map<String, Object> rest = new LinkedHashMap<>(overrides);
            FailurePolicy policy = FailurePolicy.take(rest, FailurePolicy.Then.FAIL);
            return new GuardedReward(artifacts.open(folder, rest), policy);
        } catch (IllegalArgumentException e) {
            throw UserError.data(folder + ": " + e.getMessage());
        }
    }

    private RewardModel leaf(String kind, String name, String where, Map<String, Object> rest, Path home) {
        return switch (kind) {
            case "lexicon" -> LexiconReward.create(name, rest, home);
            case "rule" -> RuleReward.create(name, rest);
            case "java" -> JavaReward.create(where, rest, home);
            case "process" -> new ProcessReward(name, ProcessOptions.of(rest), home);
            case "http" -> HttpReward.create(name, rest, environment);
            case "judge" -> JudgeReward.create(name, rest, home, environment);
            case "classifier" -> ClassifierReward.create(name, rest, home);
            default -> artifact(rest, home);
        };
    }

    private RewardModel artifact(Map<String, Object> values, Path home) {
        Options options = new Options(values);
        Path path = home.resolve(options.text("path"));
        Map<String, Object> inner = options.map("options");
        Path base = options.has("base") ? home.resolve(options.text("base")) : null;
        EngineConfig engine = engine(options);
        options.done();
        if (!Files.isRegularFile(path.resolve(RewardModels.SEALED))) {
            throw new IllegalArgumentException("path: " + path + " is no artifact (no " + RewardModels.SEALED
                    + "); run the reward stage first or name another folder");
        }
        return base == null
                ? artifacts.open(path, inner)
                : OwnBase.open(base, engine, shared -> LearnedReward.open(shared, path, inner));
    }

    /** The section {@code engine}: how a base of the model's own computes. */
    static EngineConfig engine(Options options) {
        List<String> keys = new ArrayList<>();
        options.map("engine").forEach((key, value) -> keys.add(key + "=" + value));
        return ConfigReader.fromOverrides(keys, EngineConfig.class);
    }

    private RewardModel wrapper(String kind, String name, String where, Map<String, Object> rest, Path home) {
        Options options = new Options(rest);
        if (options.has("on_failure")) {
            throw new IllegalArgumentException(
                    "on_failure: belongs to a model that judges by itself; write it where that is described");
        }
        if (kind.equals("weighted")) {
            return weighted(name, where, options, home);
        }
        RewardModel inner = inner("of", options.value("of"), name, where, home);
        boolean done = false;
        try {
            RewardModel model =
                    switch (kind) {
                        case "clip" -> clip(name, inner, options);
                        case "cache" -> cache(name, inner, options);
                        default ->
                            AdjustedReward.normalise(
                                    name,
                                    inner,
                                    options.flag("centre", true),
                                    options.count("freeze_after", 0, 0, Integer.MAX_VALUE));
                    };
            options.done();
            done = true;
            return model;
        } finally {
            if (!done) {
                inner.close();
            }
        }
    }

    private static RewardModel clip(String name, RewardModel inner, Options options) {
        double least = options.number("min", Double.NEGATIVE_INFINITY, -1e12, 1e12);
        double most = options.number("max", Double.POSITIVE_INFINITY, -1e12, 1e12);
        if (!(least < most) || least == Double.NEGATIVE_INFINITY && most == Double.POSITIVE_INFINITY) {
            throw new IllegalArgumentException(
                    "min, max: were " + least + " and " + most + "; at least one of them is wanted, and min below max");
        }
        return AdjustedReward.clip(name, inner, least, most);
    }

    private static RewardModel cache(String name, RewardModel inner, Options options) {
        if (!inner.state().isEmpty()) {
            throw new IllegalArgumentException(
                    "of: a normalised score changes from batch to batch and cannot be kept; put"
                            + " the cache inside: normalise of cache");
        }
        return new CachedReward(name, inner, options.count("entries", 10_000, 1, 100_000_000));
    }

    private RewardModel weighted(String name, String where, Options options, Path home) {
        List<Map<String, Object>> listed = options.maps("parts");
        options.done();
        List<WeightedReward.Part> parts = new ArrayList<>();
        Set<String> names = new HashSet<>();
        boolean done = false;
        try {
            for (Map<String, Object> values : listed) {
                String at = "parts[" + parts.size() + "].";
                Options part = new Options(values);
                Object of = part.value("of");
                String partName = part.text("name", of instanceof String text ? lastName(text) : "");
                if (!partName.matches("[A-Za-z0-9_.-]+") || !names.add(partName)) {
                    throw new IllegalArgumentException(at + "name: was '" + partName
                            + "'; letters, digits, '_', '.' and '-' are wanted, each name once");
                }
                double weight = part.number("weight", 1, -1e9, 1e9);
                part.done();
                parts.add(new WeightedReward.Part(partName, weight, inner(at + "of", of, partName, where, home)));
            }
            if (parts.isEmpty()) {
                throw new IllegalArgumentException("parts: is empty; a list of name, weight and of is wanted");
            }
            done = true;
            return new WeightedReward(name, parts);
        } finally {
            if (!done) {
                parts.forEach(part -> part.model().close());
            }
        }
    }

    private static String lastName(String path) {
        Path last = Path.of(path).getFileName();
        return last == null ? "" : last.toString();
    }

    /** The model inside: a name or path, or its keys in place. */
    private RewardModel inner(String key, Object of, String name, String where, Path home) {
        RewardBuilder deeper = new RewardBuilder(models, artifacts, environment, depth + 1);
        if (of instanceof String named) {
            return models.openNamed(named, home, deeper);
        }
        if (of instanceof Map<?, ?> map) {
            Map<String, Object> values = new LinkedHashMap<>();
            map.forEach((inner, value) -> values.put(String.valueOf(inner), value));
            return deeper.build(name, where + " " + key, values, home);
        }
        throw new IllegalArgumentException(
                key + ": was " + of + "; a reward model's name or path, or its own keys (kind, ...) are wanted");
    }
}
