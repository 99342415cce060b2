package dev.trefoil.adapter;

import dev.trefoil.UserError;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/** Finds the linears that a configuration means, and says what there is when it means none. */
public final class TargetMatcher {

    private static final int SUGGESTIONS = 3;

    private TargetMatcher() {}

    /**
     * The sites to adapt, in the order of {@code sites}.
     *
     * @throws UserError if nothing matches, if an entry of the list matches nothing, or if all matches are excluded
     */
    public static List<LinearSite> match(LoraConfig config, List<LinearSite> sites) {
        TargetModules targets = config.targetModules();
        if (targets == null) {
            throw new IllegalArgumentException("no target modules: call LoraConfig.forFamily first");
        }
        checkEachMatches("target_modules", targets, sites);
        TargetModules excluded = config.excludeModules();
        List<LinearSite> matched = new ArrayList<>();
        for (LinearSite site : sites) {
            if (config.targets(site.module())) {
                matched.add(site);
            }
        }
        if (matched.isEmpty()) {
            throw UserError.data("exclude_modules " + excluded + " leaves nothing of target_modules " + targets
                    + "; take an entry out of exclude_modules");
        }
        return List.copyOf(matched);
    }

    /** The last parts of the modules' names, each once, in the order of the sites. */
    public static List<String> leafNames(List<LinearSite> sites) {
        return sites.stream().map(site -> leaf(site.module())).distinct().toList();
    }

    private static void checkEachMatches(String key, TargetModules targets, List<LinearSite> sites) {
        if (targets.names() == null) {
            if (sites.stream().noneMatch(site -> targets.matches(site.module()))) {
                throw nothing(
                        key, targets.pattern(), "; a pattern must match a whole name such as " + example(sites), sites);
            }
            return;
        }
        for (String name : targets.names()) {
            if (sites.stream().noneMatch(site -> TargetModules.endsWithName(site.module(), name))) {
                throw nothing(key, name, "", sites);
            }
        }
    }

    private static UserError nothing(String key, String wanted, String hint, List<LinearSite> sites) {
        List<String> leaves = leafNames(sites);
        String nearest = leaves.stream()
                .sorted(Comparator.comparingInt(leaf -> distance(leaf(wanted), leaf)))
                .limit(SUGGESTIONS)
                .collect(Collectors.joining(", "));
        return UserError.data(key + ": \"" + wanted + "\" matches no linear of this base" + hint + "; nearest: "
                + nearest + "; there are: " + String.join(", ", leaves) + ", or \"" + TargetModules.ALL_LINEAR
                + "\" for all");
    }

    private static String example(List<LinearSite> sites) {
        return sites.isEmpty()
                ? "model.layers.0.self_attn.q_proj"
                : sites.get(0).module();
    }

    private static String leaf(String module) {
        return module.substring(module.lastIndexOf('.') + 1);
    }

    /** Levenshtein's edit distance. */
    private static int distance(String left, String right) {
        int[] previous = new int[right.length() + 1];
        for (int j = 0; j <= right.length(); j++) {
            previous[j] = j;
        }
        for (int i = 1; i <= left.length(); i++) {
            int[] current = new int[right.length() + 1];
            current[0] = i;
            for (int j = 1; j <= right.length(); j++) {
                int change = previous[j - 1] + (left.charAt(i - 1) == right.charAt(j - 1) ? 0 : 1);
                current[j] = Math.min(change, 1 + Math.min(previous[j], current[j - 1]));
            }
            previous = current;
        }
        return previous[right.length()];
    }
}
