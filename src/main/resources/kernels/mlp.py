# The inner function of the feed-forward part. activation: 0 silu, 1 gelu, 2 gelu with tanh, 3 relu.
# Gated: up [n, 2*inner] holds the gate's columns, then the up columns (Shazeer 2020).

def activate(self: __torch__.Kernels, x: Tensor) -> Tensor:
    if self.activation == 0:
        return torch.silu(x)
    if self.activation == 1:
        return torch.gelu(x)
    if self.activation == 2:
        return torch.gelu(x, approximate="tanh")
    return torch.relu(x)

def activate_back(self: __torch__.Kernels, x: Tensor, g: Tensor) -> Tensor:
    if self.activation == 0:
        return torch.silu_backward(g, x)
    if self.activation == 1:
        return torch.gelu_backward(g, x)
    if self.activation == 2:
        return torch.gelu_backward(g, x, approximate="tanh")
    return torch.threshold_backward(g, x, 0)

def mlp_inner(self: __torch__.Kernels, up: Tensor) -> Tensor:
    # [n, inner]
    if not self.gated:
        return self.activate(up)
    inner = torch.size(up, 1) // 2
    return self.activate(up[:, :inner]).mul_(up[:, inner:])

def mlp_inner_back(self: __torch__.Kernels, up: Tensor, g: Tensor) -> Tensor:
    # gradient of up
    if not self.gated:
        return self.activate_back(up, g)
    inner = torch.size(up, 1) // 2
    gate = up[:, :inner]
    d = torch.empty_like(up)
    d[:, :inner] = self.activate_back(gate, torch.mul(g, up[:, inner:]))
    d[:, inner:] = torch.mul(g, self.activate(gate))
    return d
