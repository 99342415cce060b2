package dev.trefoil.doctor;

import java.util.Optional;

/** A rule about the start of a run, with the numbers that it judges. */
public interface Check extends Rule {

    /** What was found and what is wanted, in one sentence; empty when all is well. */
    Optional<String> complaint();
}
