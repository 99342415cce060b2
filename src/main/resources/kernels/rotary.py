# Rotary positions (Su et al. 2021) in the half-split form of the published checkpoints.
# cos, sin [batch, seq, rotary/2]: one angle a pair (i, i + rotary/2). The inverse turn is the backward.

def rotate(self: __torch__.Kernels, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    # x [batch, seq, heads, head_dim]; entries behind the rotary part pass through
    half = torch.size(cos, -1)
    if half == 0:
        return x
    c = torch.unsqueeze(torch.cat([cos, cos], -1), 2)
    s = torch.unsqueeze(torch.cat([torch.neg(sin), sin], -1), 2)
    swapped = torch.cat([x[:, :, :, half:2 * half], x[:, :, :, :half]], -1)
    turned = torch.mul(x[:, :, :, :2 * half], c).addcmul_(swapped, s)
    if 2 * half < torch.size(x, -1):
        turned = torch.cat([turned, x[:, :, :, 2 * half:]], -1)
    return turned
