package dev.trefoil.reward;

import java.nio.file.Path;
import java.util.Map;

/**
 * Makes reward models written in Java. Implementations are found by {@link java.util.ServiceLoader}: a public class with a public
 * constructor without arguments, listed in {@code META-INF/services/dev.trefoil.reward.RewardFactory} of its jar.
 */
public interface RewardFactory {

    /** The name by which {@code reward.yaml} asks for it. */
    String name();

    /**
     * Makes a model.
     *
     * @param options the {@code options} of reward.yaml: strings, numbers, booleans, lists and maps of these
     * @param folder the folder of reward.yaml, against which file names in the options are resolved
     * @throws IllegalArgumentException for an option that is unknown, missing or out of range; the message names it
     */
    RewardModel create(Map<String, Object> options, Path folder);
}
