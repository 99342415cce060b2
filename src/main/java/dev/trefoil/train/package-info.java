/**
 * What the loops of the stages share, as parts that a loop holds and calls, never as a parent that calls it: settings, the clock of
 * steps and epochs, one guarded optimiser step, checkpoints, folders of a run.
 *
 * <p>A part knows nothing of losses or data. Read first: {@link dev.trefoil.train.StageContext}, {@link
 * dev.trefoil.train.StepClock}, {@link dev.trefoil.train.Optimisation}, {@link dev.trefoil.train.Checkpoints}.
 */
package dev.trefoil.train;
