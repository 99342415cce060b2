# Rotary positions (Su et al. 2021) in the half-split form of the published checkpoints.
# cos, sin [batch, seq, rotary/2]: one angle a pair (i, i + rotary/2). The inverse turn is the backward.

def rotate(self: __torch__.Kernels, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    # x [batch, seq, heads, head_dim]; entries behind the rotary part pass through
    half = torch.size(cos, -1)
    if half == 0:
        return x
    c = torch.unsqueeze(cos, 2)
    s = torch.unsqueeze(sin, 2)
    x1 = x[:, :, :, :half]
    x2 = x[:, :, :, half:2 * half]
    parts = [torch.sub(torch.mul(x1, c), torch.mul(x2, s)), torch.add(torch.mul(x2, c), torch.mul(x1, s))]
    if 2 * half < torch.size(x, -1):
        parts.append(x[:, :, :, 2 * half:])
    return torch.cat(parts, -1)
