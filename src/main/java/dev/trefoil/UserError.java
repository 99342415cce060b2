package dev.trefoil;

import java.io.IOException;

/**
 * A fault that the user can mend: the message says where, what was found, what is wanted and what to do, and is shown without
 * a stack trace.
 */
public final class UserError extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final ExitCode code;

    public UserError(ExitCode code, String message) {
        super(message);
        this.code = code;
    }

    public UserError(ExitCode code, String message, Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    public ExitCode code() {
        return code;
    }

    /** A fault in a configuration file, a data file, a checkpoint or a tokenizer. */
    public static UserError data(String message) {
        return new UserError(ExitCode.CONFIG_OR_DATA, message);
    }

    /**
     * What a run cannot write, nearly always because the disk is full; the run goes on from its last checkpoint.
     *
     * @param what the subject of the sentence, such as {@code FILE:} or {@code FOLDER: the artifact}
     */
    public static UserError unwritable(String what, IOException failed) {
        return new UserError(
                ExitCode.FAILED,
                what + " cannot be written: " + failed.getMessage() + "; free some space, then go on with --resume",
                failed);
    }

    /** Two artifacts that do not fit each other. */
    public static UserError contract(String message) {
        return new UserError(ExitCode.CONTRACT, message);
    }
}
