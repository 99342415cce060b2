package dev.trefoil.kernel;

/**
 * What all blocks of one pass share.
 *
 * @param cos cosines by token [batch, seq, rotary/2]
 * @param sin sines, the same shape
 * @param bias 0 where a token may look, very negative elsewhere, [batch, 1, seq, seq]
 * @param keep LoRA dropout factors of the step (0 or 1/(1-p)) [any length], or empty
 */
public record BlockContext(KernelArray cos, KernelArray sin, KernelArray bias, KernelArray keep) {}
