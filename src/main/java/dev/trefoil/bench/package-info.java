/**
 * Speed and memory of the stages' own code on built-in text: whole training steps, generation, prefill. May import every package but
 * verify and the command line. Read first: {@link dev.trefoil.bench.Bench}.
 */
package dev.trefoil.bench;
