/**
 * Runs the stages in order over one base and hands each the artifacts of those before it.
 *
 * <p>Read {@link dev.trefoil.pipeline.Pipeline} first; {@link dev.trefoil.pipeline.StageKind} says what a pipeline knows of a stage. May
 * import all but verify and cli.
 */
package dev.trefoil.pipeline;
