/**
 * Names the ways in which a run fails while it looks like success: before it starts, and while it is under way.
 *
 * <p>A rule is a small class with its cause, its fix and where people met it. A {@link dev.trefoil.doctor.Check} judges numbers that
 * a stage has measured before its first step; a {@link dev.trefoil.doctor.LiveRule} is fed with the metrics of each step and knows
 * nothing of the loop. {@link dev.trefoil.doctor.Doctor} holds them together. Imports report and below; read {@code Doctor} first.
 */
package dev.trefoil.doctor;
