/**
 * Files that outlive a run: the sealed folder that a stage hands to the next, hashes, safetensors, files written at once, and the
 * lock of a run's folder. Read {@link dev.trefoil.artifact.Artifact} first. Imports nothing of the project but its errors, and
 * nothing of the engine.
 */
package dev.trefoil.artifact;
