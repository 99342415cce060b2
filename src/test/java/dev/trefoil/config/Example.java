package dev.trefoil.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A configuration with one of everything. */
record Example(
        @Doc("Folder of the base.") @Required Path base,
        @Doc("Settings of the optimiser.") Optim optim,
        @Doc("Settings of PPO.") Ppo ppo,
        @Doc("Evaluation, off unless given.") Eval eval,
        @Doc("Stages in their order.") List<Stage> stages,
        @Doc("Options of the reward.") Map<String, Object> options,
        @Doc("Weights by name.") @Range(min = 0) Map<String, Double> weights,
        @Doc("Memory to stay below.") Bytes memory,
        @Doc("A note.") String note,
        @BesideFile @Doc("A file of prompts.") Path prompts) {

    enum Controller {
        FIXED,
        ADAPTIVE_LINEAR
    }

    record Optim(
            @Doc("Step size.") @Range(min = 0, minExclusive = true)
            double learningRate,

            @Doc("Number of steps.") @Range(min = 1) int steps,

            @Doc("Global norm to clip to; null for no clipping.")
            Double maxGradNorm,

            @Doc("Which linears.") List<String> targetModules) {

        static Optim defaults() {
            return new Optim(2e-4, 100, 1.0, List.of("q_proj", "v_proj"));
        }
    }

    record Ppo(
            @Doc("The KL penalty.") Kl kl,

            @Doc("Decay of advantages.") @Range(min = 0, max = 1)
            double lam,

            @Doc("Whether advantages are whitened.") boolean whiten,
            @Doc("Largest token count, long.") long tokens) {

        static Ppo defaults() {
            return new Ppo(new Kl(Controller.ADAPTIVE_LINEAR, 6.0, 10_000), 0.95, true, 1_000_000_000_000L);
        }
    }

    record Kl(
            @Doc("How the coefficient moves.") Controller controller,
            @Doc("KL that the controller aims at.") double target,
            @Doc("Steps over which it adapts.") int horizon) {

        Kl {
            if (controller == Controller.ADAPTIVE_LINEAR && !(target > 0)) {
                throw new IllegalArgumentException(
                        "target: must be > 0, was " + target + "; adaptive KL needs a target");
            }
            if (target > horizon) {
                throw new IllegalArgumentException("target and horizon do not fit each other; raise one");
            }
        }

        static Kl defaults() {
            return new Kl(Controller.FIXED, 1.0, 10);
        }
    }

    record Eval(
            @Doc("Steps between evaluations.") int every,
            @Required @Doc("Data.") Path data) {
        static Eval defaults() {
            return new Eval(50, null);
        }
    }

    record Stage(String kind, @Key("class") String className, Integer seed, int epochs) {}

    static Example defaults() {
        return new Example(
                null,
                Optim.defaults(),
                Ppo.defaults(),
                null,
                List.of(),
                Map.of(),
                Map.of(),
                Bytes.ofGiB(24),
                null,
                null);
    }
}
