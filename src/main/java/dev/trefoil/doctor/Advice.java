package dev.trefoil.doctor;

/**
 * What a rule knows before it has seen a number.
 *
 * @param name the key in the section {@code doctor:}
 * @param severity unless the section says otherwise
 * @param cause what is behind it as a rule
 * @param fix what to do
 * @param source issues and papers in which it was met, as {@code project#number}
 */
public record Advice(String name, Severity severity, String cause, String fix, String source) {}
