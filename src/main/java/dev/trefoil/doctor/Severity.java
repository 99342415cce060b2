package dev.trefoil.doctor;

/** What happens when a rule fires. */
public enum Severity {
    /** Nothing: the rule is not asked. */
    OFF,
    /** It is printed once, counted and written down; the run goes on. */
    WARN,
    /** The run ends, refused; its last checkpoint stays. */
    STOP
}
