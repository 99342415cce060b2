package dev.trefoil.kernel;

/**
 * What the blocks of one kind share in a pass.
 *
 * @param cos cosines by token [batch, seq, rotary]; no columns without rotation
 * @param sin sines, the same shape
 * @param bias 0 where a token may look, very negative elsewhere, [batch, 1, seq, seq]; with ALiBi [batch, heads, seq, seq]
 * @param keep LoRA dropout factors of the step (0 or 1/(1-p)) [any length], or empty
 * @param last of the last block, when nothing but each row's last token is read from it, where these stand [batch]; else empty
 */
public record BlockContext(KernelArray cos, KernelArray sin, KernelArray bias, KernelArray keep, KernelArray last) {

    /** The same for a block that is read at these tokens alone. */
    public BlockContext reading(KernelArray tokens) {
        return new BlockContext(cos, sin, bias, keep, tokens);
    }
}
