# Normalisation with its backward. Sums are taken in fp32 whatever the compute dtype.

def norm(self: __torch__.Kernels, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    # x [..., hidden]; root-mean-square norm (Zhang and Sennrich 2019) or layer norm
    if self.layer_norm:
        return torch.layer_norm(x.to(6), [torch.size(x, -1)], weight, bias, self.norm_eps).to(x.dtype)
    return self.rms_norm(x, weight)

def rms_norm(self: __torch__.Kernels, x: Tensor, weight: Tensor) -> Tensor:
    # over the last axis: hidden, or head_dim of queries or keys [batch, seq, heads, head_dim]
    xf = x.to(6)
    return torch.mul(xf, self.reciprocal_size(xf)).mul_(weight).to(x.dtype)

def reciprocal_size(self: __torch__.Kernels, xf: Tensor) -> Tensor:
    # 1 / root of the mean square over the last axis, [..., 1] fp32
    squares = torch.square(torch.linalg_vector_norm(xf, 2, [-1], True))
    return torch.rsqrt(torch.add(torch.mul(squares, 1. / float(torch.size(xf, -1))), self.norm_eps))

def norm_back(self: __torch__.Kernels, x: Tensor, g: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    # gradient of the input, r gw - x r^3 mean(gw x) with gw = g weight; weight and bias are frozen
    if not self.layer_norm:
        return self.rms_norm_back(x, g, weight)
    xf = x.to(6)
    xf = torch.sub(xf, torch.mean(xf, [-1], True))
    gw = torch.mul(g, weight)
    gw = torch.sub(gw, torch.mean(gw, [-1], True))
    return self.size_back(xf, gw).to(x.dtype)

def rms_norm_back(self: __torch__.Kernels, x: Tensor, g: Tensor, weight: Tensor) -> Tensor:
    return self.size_back(x.to(6), torch.mul(g, weight)).to(x.dtype)

def size_back(self: __torch__.Kernels, xf: Tensor, gw: Tensor) -> Tensor:
    # overwrites gw
    r = self.reciprocal_size(xf)
    along = torch.mul(torch.mean(torch.mul(gw, xf), [-1], True), torch.pow(r, 3))
    return gw.mul_(r).addcmul_(xf, along, value=-1)

def norm_weight_gradient(self: __torch__.Kernels, x: Tensor, g: Tensor) -> Tensor:
    # [hidden]; for weights that are trained from scratch
    xf = x.to(6)
    if self.layer_norm:
        xf = torch.sub(xf, torch.mean(xf, [-1], True))
    return torch.sum(torch.mul(torch.mul(xf, self.reciprocal_size(xf)), g), [0])
