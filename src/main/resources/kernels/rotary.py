# Rotary positions (Su et al. 2021) in the half-split form of the published checkpoints.
# cos, sin [batch, seq, rotary]: the angle of a pair (i, i + rotary/2) in both places, the sine negative in the first, as both_halves
# makes them of one place a pair. The inverse turn is the backward.

def both_halves(self: __torch__.Kernels, cos: Tensor, sin: Tensor, dtype: int) -> Tuple[Tensor, Tensor]:
    # [batch, seq, rotary/2] -> [batch, seq, rotary] in dtype
    return (torch.cat([cos, cos], -1).to(dtype), torch.cat([torch.neg(sin), sin], -1).to(dtype))

def rotate(self: __torch__.Kernels, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    # x [batch, seq, heads, head_dim]; entries behind the rotary part pass through
    rotary = torch.size(cos, -1)
    if rotary == 0:
        return x
    half = rotary // 2
    swapped = torch.cat([x[:, :, :, half:rotary], x[:, :, :, :half]], -1)
    turned = torch.mul(x[:, :, :, :rotary], torch.unsqueeze(cos, 2)).addcmul_(swapped, torch.unsqueeze(sin, 2))
    if rotary < torch.size(x, -1):
        turned = torch.cat([turned, x[:, :, :, rotary:]], -1)
    return turned
