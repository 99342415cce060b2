package dev.trefoil.stage.ppo;

import dev.trefoil.model.Pass;
import dev.trefoil.model.Role;
import dev.trefoil.model.ScalarHead;
import dev.trefoil.model.TokenLogProbs;
import dev.trefoil.token.Batch;

/**
 * The three roles of PPO over one base.
 *
 * @param policy its last adapter is trained
 * @param reference the same adapters with the trained one switched off
 * @param value a head on the policy's hidden states
 * @param temperature divides the logits of policy and reference
 */
public record PpoRoles(Role policy, Role reference, ScalarHead value, double temperature) implements AutoCloseable {

    /** What the roles say of some sequences. Shapes [B, T], 0 where nothing is read. */
    record Reading(double[][] logProbs, double[][] entropies, double[][] values, double[][] referenceLogProbs) {}

    /** One pass of the policy, which gives log-probabilities, entropies and values, and one of the reference. */
    Reading read(Sequences part, TimeAxis axis) {
        Batch batch = part.batch();
        Places tokens = Places.logProbs(part, axis);
        Places values = Places.values(part, axis);
        TokenLogProbs current;
        float[] estimates;
        try (Pass pass = policy.infer(batch)) {
            current = policy.head().logProbs(pass, tokens.at(), tokens.targets(), temperature);
            estimates = value.scores(pass, values.at());
        }
        return new Reading(
                tokens.spread(current.logProbs()),
                tokens.spread(current.entropies()),
                values.spread(estimates),
                tokens.spread(logProbs(reference, batch, tokens)));
    }

    private float[] logProbs(Role role, Batch batch, Places tokens) {
        try (Pass pass = role.infer(batch)) {
            return role.head()
                    .logProbs(pass, tokens.at(), tokens.targets(), temperature)
                    .logProbs();
        }
    }

    /** k1 estimate of KL(policy || reference) of each response, summed over its tokens: [B]. */
    double[] klPerResponse(Sequences part) {
        Batch batch = part.batch();
        Places tokens = Places.logProbs(part, TimeAxis.of(dev.trefoil.rl.Era.V1, part));
        float[] current = logProbs(policy, batch, tokens);
        float[] before = logProbs(reference, batch, tokens);
        double[] kl = new double[part.size()];
        for (int n = 0; n < current.length; n++) {
            kl[tokens.row()[n]] += (double) current[n] - before[n];
        }
        return kl;
    }

    @Override
    public void close() {
        policy.close();
        reference.close();
    }
}
