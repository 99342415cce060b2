package dev.trefoil.doctor;

/** One way in which a run can go wrong. */
public interface Rule {

    Advice advice();
}
