package dev.trefoil;

/** What the process returns to the shell; the same for every command. */
public enum ExitCode {
    DONE(0),
    FAILED(1),
    USAGE(2),
    CONFIG_OR_DATA(3),
    REFUSED(4),
    CONTRACT(5),
    /** Stopped by Ctrl-C or SIGTERM after saving; the shell sees 130 or 143. */
    STOPPED(130);

    private final int value;

    ExitCode(int value) {
        this.value = value;
    }

    public int value() {
        return value;
    }
}
