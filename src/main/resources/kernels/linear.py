# Products through a frozen weight, in both directions, and the low-rank parts beside it.
#
# A frozen weight is one of
#   int8   [out, in] with absmax [out] fp32: weight = int8 * absmax / 127 (row-wise, as LLM.int8() stores it)
#   fp32   [out, in]
#   fp16   [out, in] whose bits are bfloat16: the engine cannot pass bfloat16, so the bits travel under another name
# Nothing dequantised outlives a call. Letters: n rows, k = in, m = out, R = stacked LoRA rank.

def rows_per_chunk(self: __torch__.Kernels, width: int) -> int:
    # int32 products and their fp32 rescale stay in cache when a chunk has about a million entries; fewer rows than 512 would have the
    # engine arrange the weight for its product more often than the product is worth
    return max(512, min(1024, 1048576 // max(width, 1)))

def float_weight(self: __torch__.Kernels, w: Tensor, absmax: Tensor, dtype: int) -> Tensor:
    # [m, k] in the compute dtype
    if w.dtype == 1:
        return w.to(6).mul_(torch.unsqueeze(torch.mul(absmax, 1. / 127.), 1)).to(dtype)
    if w.dtype == 5:
        return torch.view_copy(w, dtype=15).to(dtype)
    return w.to(dtype)

def outlier_columns(self: __torch__.Kernels, magnitude: Tensor) -> Tensor:
    # columns of |x| [n, k] with an entry at or above the threshold (Dettmers et al. 2022, section 3.2); none if it is 0
    if self.threshold <= 0.:
        return torch.empty([0], dtype=4)
    return torch.squeeze(torch.nonzero(torch.ge(torch.amax(magnitude, [0]), self.threshold)), 1)

def quantise_rows(self: __torch__.Kernels, x: Tensor, magnitude: Tensor) -> Tuple[Tensor, Tensor]:
    # int8 [n, k] and absmax [n, 1] fp32; round half to even; an all-zero row becomes zeros
    absmax = torch.amax(magnitude, [1], True).to(6)
    factor = torch.mul(torch.reciprocal(torch.clamp_min(absmax, 1e-30)), 127.)
    return (torch.mul(x, factor).round_().to(1), absmax)

def outliers_apart(self: __torch__.Kernels, x: Tensor) -> Tuple[Tensor, Tensor, Tensor, Tensor]:
    # x [n, k] -> what the int8 product sees [n, k], the magnitudes that count in the rows' absmax, the columns with outliers, and what
    # of these columns is multiplied in float [n, columns].
    # As published, a whole column leaves the int8 product when one of its entries is an outlier, so a row's result depends on the
    # rows beside it. With outlier_entries only the outliers themselves leave it, and every row stands for itself.
    # fp32 activations are rounded to fp16 first, as published; bf16 ones have fewer bits already.
    source = x
    if x.dtype == 6:
        source = x.to(5).to(6)
    magnitude = torch.abs(source)
    columns = self.outlier_columns(magnitude)
    if torch.numel(columns) == 0:
        return (source, magnitude, columns, x)
    over = torch.ge(magnitude, self.threshold)
    magnitude = torch.masked_fill(magnitude, over, 0.)
    kept = torch.index_select(x, 1, columns)
    if self.outlier_entries:
        kept = torch.mul(kept, torch.index_select(over, 1, columns))
        return (torch.masked_fill(source, over, 0.), magnitude, columns, kept)
    return (torch.index_fill(source, 1, columns, 0.), magnitude, columns, kept)

def activation_rows(self: __torch__.Kernels, x: Tensor) -> List[Tensor]:
    # for audits: the int8 rows (as fp32) [n, k] and absmax [n, 1] of activations x [n, k], and their outlier columns
    regular, magnitude, columns, kept = self.outliers_apart(x)
    q, rowmax = self.quantise_rows(regular, magnitude)
    return [q.to(6), rowmax, columns]

def int8_product(self: __torch__.Kernels, x: Tensor, w: Tensor, absmax: Tensor) -> Tensor:
    # LLM.int8(): x [n, k] -> [n, m]; int8 x int8 -> int32 with row scales on both sides, outliers in float
    regular, magnitude, columns, kept = self.outliers_apart(x)
    n = torch.size(x, 0)
    m = torch.size(w, 0)
    scale = torch.mul(absmax, self.int8_unit)
    y = torch.empty([n, m], dtype=x.dtype)
    step = self.rows_per_chunk(m)
    width = max(1024, 1048576 // min(step, n))
    at = 0
    while at < n:
        end = min(at + step, n)
        q, rowmax = self.quantise_rows(regular[at:end], magnitude[at:end])
        left = 0
        while left < m:
            right = min(left + width, m)
            part = torch.mul(torch._int_mm(q, torch.t(w[left:right])), rowmax)
            y[at:end, left:right] = part.mul_(scale[left:right])
            left = right
        at = end
    if torch.numel(columns) > 0:
        part = torch.index_select(w, 1, columns)
        y.addmm_(kept, torch.t(self.float_weight(part, absmax, x.dtype)))
    return y

def int8_decode_product(self: __torch__.Kernels, x: Tensor, w: Tensor, absmax: Tensor) -> Tensor:
    # one token a row: int8 weights against bf16 activations; the scale is applied in fp32 behind it
    ones = torch.ones([torch.size(w, 0)], dtype=15)
    y = torch._weight_int8pack_mm(x, w, ones)
    return torch.mul(y, torch.mul(absmax, 1. / 127.)).to(15)

def frozen_product(self: __torch__.Kernels, x: Tensor, w: Tensor, absmax: Tensor) -> Tensor:
    # x [n, k] -> x W^T [n, m]
    if w.dtype == 1:
        if self.int8_forward:
            return self.int8_product(x, w, absmax)
    return torch.mm(x, torch.t(self.float_weight(w, absmax, x.dtype)))

def frozen_product_back(self: __torch__.Kernels, g: Tensor, w: Tensor, absmax: Tensor) -> Tensor:
    # g [n, m] -> g W [n, k]; by int8 the gradient rows are quantised after the weight's row scales went into them
    if w.dtype != 1 or not self.int8_backward:
        return torch.mm(g, self.float_weight(w, absmax, g.dtype))
    n = torch.size(g, 0)
    k = torch.size(w, 1)
    d = torch.empty([n, k], dtype=g.dtype)
    step = self.rows_per_chunk(max(torch.size(w, 0), k))
    scale = torch.mul(absmax, 1. / 127.)
    at = 0
    while at < n:
        end = min(at + step, n)
        scaled = torch.mul(g[at:end], scale)
        q, rowmax = self.quantise_rows(scaled, torch.abs(scaled))
        d[at:end] = torch.mul(torch._int_mm(q, w), torch.mul(rowmax, 1. / 127.))
        at = end
    return d

def dropped(self: __torch__.Kernels, x: Tensor, keep: Tensor, offset: int) -> Tensor:
    # the LoRA path's input: x times a window of the step's keep factors (0 or 1/(1-p)); the same window in both directions
    if torch.numel(keep) == 0:
        return x
    count = torch.numel(x)
    room = torch.numel(keep) - count
    start = offset % (room + 1)
    return torch.mul(x, torch.view(keep[start:start + count], torch.size(x)))

def linear(self: __torch__.Kernels, x: Tensor, w: Tensor, absmax: Tensor, bias: Tensor, a: Tensor, b: Tensor, keep: Tensor, offset: int) -> Tensor:
    # y = x W^T + bias + (dropout(x) A^T) B^T; a [R, k], b [m, R] with the LoRA scaling inside
    y = self.frozen_product(x, w, absmax)
    if torch.numel(bias) > 0:
        y = y.add_(bias)
    if torch.numel(a) > 0:
        u = torch.mm(self.dropped(x, keep, offset), torch.t(a))
        y = y.addmm_(u, torch.t(b))
    return y

def learns(self: __torch__.Kernels, a: Tensor, trained: int) -> bool:
    # whether the way back reads the input of a linear: its own rows of a are trained, or the weight itself
    return self.train_weights or trained < torch.size(a, 0)

def linear_back(self: __torch__.Kernels, x: Tensor, g: Tensor, w: Tensor, absmax: Tensor, a: Tensor, b: Tensor, keep: Tensor, offset: int, trained: int) -> List[Tensor]:
    # gradient of the input [n, k], of a [R - trained, k] and of b [m, R - trained]; rows before `trained` are frozen.
    # Where nothing of it is trained (see learns), x is not read
    d = self.frozen_product_back(g, w, absmax)
    if torch.numel(a) == 0:
        return [d, torch.empty([0]), torch.empty([0])]
    du = torch.mm(g, b)
    if torch.numel(keep) == 0:
        d = d.addmm_(du, a)
    else:
        d = d.add_(self.dropped(torch.mm(du, a), keep, offset))
    if trained >= torch.size(a, 0):
        return [d, torch.empty([0]), torch.empty([0])]
    xd = self.dropped(x, keep, offset)
    u = torch.mm(xd, torch.t(a[trained:]))
    da = torch.mm(torch.t(du[:, trained:]), xd)
    db = torch.mm(torch.t(g), u)
    return [d, da.to(6), db.to(6)]

def bias_gradient(self: __torch__.Kernels, bias: Tensor, g: Tensor) -> Tensor:
    # column sums [m] of the gradient rows g [n, m], empty where there is no bias; for biases that are trained from scratch
    if torch.numel(bias) == 0:
        return torch.empty([0])
    return torch.sum(g.to(6), [0])
