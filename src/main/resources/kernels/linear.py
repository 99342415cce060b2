# Products through a frozen weight, in both directions, and the low-rank parts beside it.
#
# A frozen weight is one of
#   int8   [out, in] with absmax [out] fp32: weight = int8 * absmax / 127 (row-wise, as LLM.int8() stores it)
#   fp32   [out, in]
#   fp16   [out, in] whose bits are bfloat16: the engine cannot pass bfloat16, so the bits travel under another name
#   what float_weight has made of one of these, kept
# Nothing else that is dequantised outlives a call. Letters: n rows, k = in, m = out, R = stacked LoRA rank.

def compute_dtype(self: __torch__.Kernels) -> int:
    if self.bf16:
        return 15
    return 6

def rows_per_chunk(self: __torch__.Kernels, width: int) -> int:
    # int32 products and their fp32 rescale stay in cache when a chunk has about a million entries; fewer rows than 512 would have the
    # engine arrange the weight for its product more often than the product is worth
    return max(512, min(1024, 1048576 // max(width, 1)))

def bfloat16_of(self: __torch__.Kernels, bits: Tensor) -> Tensor:
    # the same memory with its true type: a tensor that is set to another's storage keeps its own type
    return torch.empty([0], dtype=15).set_(bits)

def float_weight(self: __torch__.Kernels, w: Tensor, absmax: Tensor, dtype: int) -> Tensor:
    # [m, k] in the compute dtype; a few rows at a time, for the product is fp32 before it is rounded
    if w.dtype == 1:
        scale = torch.unsqueeze(torch.mul(absmax, 1. / 127.), 1)
        m = torch.size(w, 0)
        step = max(1, 2097152 // max(torch.size(w, 1), 1))
        if m <= step or dtype == 6:
            return w.to(6).mul_(scale).to(dtype)
        d = torch.empty([m, torch.size(w, 1)], dtype=dtype)
        at = 0
        while at < m:
            end = min(at + step, m)
            d[at:end] = w[at:end].to(6).mul_(scale[at:end])
            at = end
        return d
    if w.dtype == 5:
        return self.bfloat16_of(w).to(dtype)
    return w.to(dtype)

def dequantised(self: __torch__.Kernels, w: Tensor, absmax: Tensor) -> Tensor:
    return self.float_weight(w, absmax, self.compute_dtype())

def few_rows(self: __torch__.Kernels, width: int) -> int:
    # rows that are quantised at a time: the steps between bfloat16 and int8 stay in cache
    return max(16, 1048576 // max(width, 1))

def outlier_source(self: __torch__.Kernels, x: Tensor) -> Tensor:
    # fp32 activations are rounded to fp16 first, as published; bf16 ones have fewer bits already
    if x.dtype == 6:
        return x.to(5).to(6)
    return x

def outlier_columns(self: __torch__.Kernels, x: Tensor) -> Tensor:
    # columns of x [n, k] with an entry at or above the threshold (Dettmers et al. 2022, section 3.2); none if it is 0
    if self.threshold <= 0.:
        return torch.empty([0], dtype=4)
    most = annotate(List[Tensor], [])
    n = torch.size(x, 0)
    few = self.few_rows(torch.size(x, 1))
    at = 0
    while at < n:
        most.append(torch.amax(torch.abs(self.outlier_source(x[at:min(at + few, n)])), [0]))
        at = at + few
    return torch.squeeze(torch.nonzero(torch.ge(torch.amax(torch.stack(most), [0]), self.threshold)), 1)

def quantise_rows(self: __torch__.Kernels, x: Tensor, magnitude: Tensor) -> Tuple[Tensor, Tensor]:
    # int8 [n, k] and absmax [n, 1] fp32; round half to even; an all-zero row becomes zeros
    absmax = torch.amax(magnitude, [1], True).to(6)
    factor = torch.mul(torch.reciprocal(torch.clamp_min(absmax, 1e-30)), 127.)
    return (torch.mul(x, factor).round_().to(1), absmax)

def int8_rows(self: __torch__.Kernels, x: Tensor) -> Tuple[Tensor, Tensor, Tensor, Tensor]:
    # x [n, k] -> int8 rows [n, k] and absmax [n, 1] of what the int8 product sees, the columns with outliers, and what of these columns
    # is multiplied in float [n, columns].
    # As published, a whole column leaves the int8 product when one of its entries is an outlier, so a row's result depends on the
    # rows beside it. With outlier_entries only the outliers themselves leave it, and every row stands for itself.
    columns = self.outlier_columns(x)
    apart = torch.numel(columns) > 0
    n = torch.size(x, 0)
    q = torch.empty([n, torch.size(x, 1)], dtype=1)
    rowmax = torch.empty([n, 1], dtype=6)
    few = self.few_rows(torch.size(x, 1))
    at = 0
    while at < n:
        end = min(at + few, n)
        source = self.outlier_source(x[at:end])
        magnitude = torch.abs(source)
        if apart:
            over = torch.ge(magnitude, self.threshold)
            magnitude = magnitude.masked_fill_(over, 0.)
            if self.outlier_entries:
                source = torch.masked_fill(source, over, 0.)
            else:
                source = torch.index_fill(source, 1, columns, 0.)
        part, most = self.quantise_rows(source, magnitude)
        q[at:end] = part
        rowmax[at:end] = most
        at = end
    kept = x
    if apart:
        kept = torch.index_select(x, 1, columns)
        if self.outlier_entries:
            kept = torch.mul(kept, torch.ge(torch.abs(self.outlier_source(kept)), self.threshold))
    return (q, rowmax, columns, kept)

def activation_rows(self: __torch__.Kernels, x: Tensor) -> List[Tensor]:
    # for audits: the int8 rows (as fp32) [n, k] and absmax [n, 1] of activations x [n, k], and their outlier columns
    q, rowmax, columns, kept = self.int8_rows(x)
    return [q.to(6), rowmax, columns]

def int8_product(self: __torch__.Kernels, x: Tensor, w: Tensor, absmax: Tensor) -> Tensor:
    # LLM.int8(): x [n, k] -> [n, m]; int8 x int8 -> int32 with row scales on both sides, outliers in float
    q, rowmax, columns, kept = self.int8_rows(x)
    n = torch.size(x, 0)
    m = torch.size(w, 0)
    scale = torch.mul(absmax, self.int8_unit)
    y = torch.empty([n, m], dtype=x.dtype)
    step = self.rows_per_chunk(m)
    width = max(1024, 1048576 // min(step, n))
    at = 0
    while at < n:
        end = min(at + step, n)
        left = 0
        while left < m:
            right = min(left + width, m)
            part = torch.mul(torch._int_mm(q[at:end], torch.t(w[left:right])), rowmax[at:end])
            y[at:end, left:right] = part.mul_(scale[left:right])
            left = right
        at = end
    if torch.numel(columns) > 0:
        part = torch.index_select(w, 1, columns)
        y.addmm_(kept, torch.t(self.float_weight(part, absmax, x.dtype)))
    return y

def int8_decode_product(self: __torch__.Kernels, x: Tensor, w: Tensor, unit: Tensor, ones: Tensor) -> Tensor:
    # one token a row: int8 weights against bf16 activations; their unit [m], absmax / 127, is applied in fp32 behind it.
    # ones: [m], bf16
    return torch._weight_int8pack_mm(x, w, ones).mul_(unit)

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
    q, rowmax = self.gradient_rows(g, torch.mul(absmax, 1. / 127.))
    n = torch.size(g, 0)
    k = torch.size(w, 1)
    d = torch.empty([n, k], dtype=g.dtype)
    step = self.rows_per_chunk(max(torch.size(w, 0), k))
    few = self.few_rows(k)
    at = 0
    while at < n:
        end = min(at + step, n)
        product = torch._int_mm(q[at:end], w)
        first = at
        while first < end:
            last = min(first + few, end)
            d[first:last] = torch.mul(product[first - at:last - at], torch.mul(rowmax[first:last], 1. / 127.))
            first = last
        at = end
    return d

def gradient_rows(self: __torch__.Kernels, g: Tensor, scale: Tensor) -> Tuple[Tensor, Tensor]:
    # rows of g [n, m] times scale [m] as int8 [n, m] and absmax [n, 1], a few at a time since they are fp32 in between
    n = torch.size(g, 0)
    q = torch.empty([n, torch.size(g, 1)], dtype=1)
    rowmax = torch.empty([n, 1], dtype=6)
    few = self.few_rows(torch.size(g, 1))
    at = 0
    while at < n:
        end = min(at + few, n)
        scaled = torch.mul(g[at:end], scale)
        part, most = self.quantise_rows(scaled, torch.abs(scaled))
        q[at:end] = part
        rowmax[at:end] = most
        at = end
    return (q, rowmax)

def keep_factors(self: __torch__.Kernels, mask: Tensor, factor: float) -> Tensor:
    # mask [n] int8: 0 for an entry that is dropped
    return torch.mul(mask.to(6), factor).to(self.compute_dtype())

def keep_window(self: __torch__.Kernels, x: Tensor, keep: Tensor, offset: int) -> Tensor:
    # of the step's keep factors (0 or 1/(1-p)) as many as x has entries, in its shape; the same in both directions
    count = torch.numel(x)
    room = torch.numel(keep) - count
    start = offset % (room + 1)
    return torch.view(keep[start:start + count], torch.size(x))

def dropped(self: __torch__.Kernels, x: Tensor, keep: Tensor, offset: int) -> Tensor:
    # the LoRA path's input
    if torch.numel(keep) == 0:
        return x
    return torch.mul(x, self.keep_window(x, keep, offset))

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
        d = d.addcmul_(torch.mm(du, a), self.keep_window(d, keep, offset))
    if trained >= torch.size(a, 0):
        return [d, torch.empty([0]), torch.empty([0])]
    xd = self.dropped(x, keep, offset)
    u = torch.mm(xd, torch.t(a[trained:]))
    da = torch.mm(torch.t(du[:, trained:]), xd)
    # the narrow factor first: the engine is faster at few rows of many numbers than at many rows of few
    db = torch.contiguous(torch.t(torch.mm(torch.t(u), g)))
    return [d, da.to(6), db.to(6)]

def bias_gradient(self: __torch__.Kernels, bias: Tensor, g: Tensor) -> Tensor:
    # column sums [m] of the gradient rows g [n, m], empty where there is no bias; for biases that are trained from scratch
    if torch.numel(bias) == 0:
        return torch.empty([0])
    return torch.sum(g.to(6), [0])
