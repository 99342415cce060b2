# Normalisation with its backward. Sums are taken in fp32 whatever the compute dtype.

def norm(self: __torch__.Kernels, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    # x [..., hidden]; root-mean-square norm (Zhang and Sennrich 2019) or layer norm
    if self.layer_norm:
        return torch.layer_norm(x.to(6), [torch.size(x, -1)], weight, bias, self.norm_eps).to(x.dtype)
    xf = x.to(6)
    r = torch.rsqrt(torch.add(torch.mean(torch.mul(xf, xf), [-1], True), self.norm_eps))
    return torch.mul(xf, r).mul_(weight).to(x.dtype)

def norm_back(self: __torch__.Kernels, x: Tensor, g: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    # gradient of the input; weight and bias are frozen
    xf = x.to(6)
    gw = torch.mul(g, weight)
    if self.layer_norm:
        xf = torch.sub(xf, torch.mean(xf, [-1], True))
        gw = torch.sub(gw, torch.mean(gw, [-1], True))
    r = torch.rsqrt(torch.add(torch.mean(torch.mul(xf, xf), [-1], True), self.norm_eps))
    unit = torch.mul(xf, r)
    inner = torch.mean(torch.mul(gw, unit), [-1], True)
    return gw.sub_(unit.mul_(inner)).mul_(r).to(x.dtype)

def head_norm(self: __torch__.Kernels, x: Tensor, weight: Tensor) -> Tensor:
    # root-mean-square norm over head_dim of queries or keys [batch, seq, heads, head_dim]
    xf = x.to(6)
    r = torch.rsqrt(torch.add(torch.mean(torch.mul(xf, xf), [-1], True), self.norm_eps))
    return torch.mul(xf, r).mul_(weight).to(x.dtype)

def head_norm_back(self: __torch__.Kernels, x: Tensor, g: Tensor, weight: Tensor) -> Tensor:
    xf = x.to(6)
    gw = torch.mul(g, weight)
    r = torch.rsqrt(torch.add(torch.mean(torch.mul(xf, xf), [-1], True), self.norm_eps))
    unit = torch.mul(xf, r)
    inner = torch.mean(torch.mul(gw, unit), [-1], True)
    return torch.mul(torch.sub(gw, torch.mul(unit, inner)), r).to(x.dtype)

def norm_weight_gradient(self: __torch__.Kernels, x: Tensor, g: Tensor) -> Tensor:
    # [hidden]; for weights that are trained from scratch
    xf = x.to(6)
    if self.layer_norm:
        xf = torch.sub(xf, torch.mean(xf, [-1], True))
    r = torch.rsqrt(torch.add(torch.mean(torch.mul(xf, xf), [-1], True), self.norm_eps))
    return torch.sum(torch.mul(torch.mul(xf, r), g), [0])
