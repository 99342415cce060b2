package dev.trefoil.reward;

/** A reward model could not judge: the message names the model, the sample where one is to blame, and what happened. */
public final class RewardException extends Exception {

    private static final long serialVersionUID = 1L;

    private final String model;
    private final int sample;

    /** A fault of the whole batch or of the model itself. */
    public RewardException(String model, String what) {
        this(model, what, null);
    }

    public RewardException(String model, String what, Throwable cause) {
        super("reward model " + model + " " + what, cause);
        this.model = model;
        this.sample = -1;
    }

    /** A fault of one sample, counted from 0 in its batch. */
    public RewardException(String model, int sample, String what) {
        super("reward model " + model + ": sample " + sample + " of the batch " + what);
        this.model = model;
        this.sample = sample;
    }

    public String model() {
        return model;
    }

    /** Index of the sample in the batch, or -1 when the fault is not of one sample. */
    public int sample() {
        return sample;
    }
}
