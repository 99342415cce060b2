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

def activate_back_into(self: __torch__.Kernels, x: Tensor, g: Tensor, d: Tensor) -> Tensor:
    # the same written into d
    if self.activation == 0:
        return torch.silu_backward(g, x, grad_input=d)
    return d.copy_(self.activate_back(x, g))

def mlp_activated(self: __torch__.Kernels, up: Tensor) -> Tensor:
    # what the inner function activates, activated: the gate, or all
    if not self.gated:
        return self.activate(up)
    return self.activate(torch.slice(up, 1, 0, torch.size(up, 1) // 2))

def mlp_inner(self: __torch__.Kernels, up: Tensor) -> Tensor:
    # [n, inner]
    activated = self.mlp_activated(up)
    if not self.gated:
        return activated
    return activated.mul_(torch.slice(up, 1, torch.size(activated, 1)))

def mlp_gated(self: __torch__.Kernels, up: Tensor, activated: Tensor) -> Tensor:
    # mlp_inner from mlp_activated
    if not self.gated:
        return activated
    return torch.mul(activated, torch.slice(up, 1, torch.size(activated, 1)))

def mlp_inner_back(self: __torch__.Kernels, up: Tensor, activated: Tensor, g: Tensor) -> Tensor:
    # gradient of up; activated as mlp_activated has it
    if not self.gated:
        return self.activate_back(up, g)
    inner = torch.size(up, 1) // 2
    d = torch.empty_like(up)
    self.activate_back_into(up[:, :inner], torch.mul(g, up[:, inner:]), d[:, :inner])
    torch.mul(g, activated, out=d[:, inner:])
    return d
