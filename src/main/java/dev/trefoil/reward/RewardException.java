package dev.trefoil.reward;

/** A reward model could not judge: the message names the model, the sample where one is to blame, and what happened. */
public final class RewardException extends Exception {

    private static final long serialVersionUID = 1L;

    private final String model;
    private final int sample;
    private final String what;
    private final boolean permanent;

    /** A fault of the whole batch or of the model itself. */
    public RewardException(String model, String what) {
        this(model, what, null);
    }

    public RewardException(String model, String what, Throwable cause) {
        this(model, -1, what, false, cause);
    }

    /** A fault of one sample, counted from 0 in its batch. */
    public RewardException(String model, int sample, String what) {
        this(model, sample, what, false, null);
    }

    private RewardException(String model, int sample, String what, boolean permanent, Throwable cause) {
        super("reward model " + model + (sample < 0 ? " " : ": sample " + sample + " of the batch ") + what, cause);
        this.model = model;
        this.sample = sample;
        this.what = what;
        this.permanent = permanent;
    }

    /** A fault of the whole batch that asking again will not mend, such as a refused password. */
    public static RewardException permanent(String model, String what) {
        return new RewardException(model, -1, what, true, null);
    }

    public String model() {
        return model;
    }

    /** Index of the sample in the batch, or -1 when the fault is not of one sample. */
    public int sample() {
        return sample;
    }

    /** Whether asking again is of no use. */
    public boolean isPermanent() {
        return permanent;
    }

    /** The same fault with the sample's place in a larger batch; a fault of no single sample stays as it is. */
    public RewardException at(int place) {
        return sample < 0 || sample == place ? this : new RewardException(model, place, what, permanent, getCause());
    }
}
