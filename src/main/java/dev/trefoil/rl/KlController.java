package dev.trefoil.rl;

/** Chooses the KL coefficient beta. Immutable: what follows a batch is a new controller, so a checkpoint keeps one number. */
public sealed interface KlController permits AdaptiveKl, FixedKl {

    /** The coefficient now. */
    double value();

    /**
     * The controller after a batch.
     *
     * @param objectiveKl mean over samples of the summed KL of the batch, see {@link Rewards#objectiveKl()}
     * @param samples how many samples the batch had, over all processes
     */
    KlController after(double objectiveKl, long samples);

    /** The same controller with another coefficient, as read from a checkpoint. */
    KlController withValue(double value);
}
