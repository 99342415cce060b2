# Products through a frozen weight, in both directions, and the low-rank parts beside it.
#
# A frozen weight is one of
#   int8   [out, in] with absmax [out] fp32: weight = int8 * absmax / 127 (row-wise, as LLM.int8() stores it)
#   fp32   [out, in]
#   fp16   [out, in] whose bits are bfloat16: the engine cannot pass bfloat16, so the bits travel under another name
#   what float_weight has made of one of these, kept, or what reordered_weight or packed_weight has; beside the latter, where a pass goes
#          back, stands what reordered_transpose or packed_transpose has
#   what streamed_weight has made of one of these, for products of one row
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
    return torch.empty([0], dtype=15, device=ops.prim.device(bits)).set_(bits)

def float_weight(self: __torch__.Kernels, w: Tensor, absmax: Tensor, dtype: int) -> Tensor:
    # [m, k] in the compute dtype; a few rows at a time, for the product is fp32 before it is rounded
    if w.dtype == 1:
        scale = torch.unsqueeze(torch.mul(absmax, 1. / 127.), 1)
        m = torch.size(w, 0)
        step = max(1, 2097152 // max(torch.size(w, 1), 1))
        if m <= step or dtype == 6:
            return w.to(6).mul_(scale).to(dtype)
        d = torch.empty([m, torch.size(w, 1)], dtype=dtype, device=ops.prim.device(w))
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

def has_bfloat16(self: __torch__.Kernels) -> bool:
    # whether the processor has instructions for products in bfloat16; those for products of int8 come with them
    return ops.mkldnn._is_mkldnn_bf16_supported()

def multiplies_bfloat16(self: __torch__.Kernels) -> Tensor:
    # [1]: 1 where it has, else 0
    return torch.full([1], float(self.has_bfloat16()), dtype=6)

def reorders_weights(self: __torch__.Kernels) -> Tensor:
    # [1]: 1 where the engine has products with reordered weights for this processor and number format, else 0
    has = self.bf16 and self.has_bfloat16()
    return torch.full([1], float(has), dtype=6)

def reordered_weight(self: __torch__.Kernels, w: Tensor, absmax: Tensor) -> Tensor:
    # in the compute dtype and in the engine's own order, which products arrange a weight into each time when it is not
    return ops.mkldnn._reorder_linear_weight(self.dequantised(w, absmax), None)

def reordered_product(self: __torch__.Kernels, x: Tensor, w: Tensor) -> Tensor:
    # x [n, k] times a reordered weight [m, k] -> [n, m]
    return ops.mkldnn._linear_pointwise(x, w, None, "none", annotate(List[Optional[number]], []), "")

def reordered_transpose(self: __torch__.Kernels, w: Tensor, absmax: Tensor) -> Tensor:
    # the same for the product back: [k, m]
    return ops.mkldnn._reorder_linear_weight(torch.contiguous(torch.t(self.float_weight(w, absmax, 15))), None)

def packs_int8(self: __torch__.Kernels) -> Tensor:
    # [1]: 1 where products of packed int8 weights are exact, else 0: processors without instructions for them add two products of eight
    # bits in sixteen, which the largest overflow
    if not self.has_bfloat16():
        return torch.zeros([1])
    weight = self.packed_weight(torch.full([16, 64], 127, dtype=1))
    y = self.packed_mm(torch.full([32, 72], 254, dtype=0), weight, torch.ones([16]), 6)
    return torch.full([1], float(torch.all(torch.eq(y, 64. * 127. * 127.))), dtype=6)

def packed_weight(self: __torch__.Kernels, w: Tensor) -> Tensor:
    # an int8 weight [m, k] in the order in which the engine multiplies it by rows of bytes, with 8 columns of zeros: there byte_rows
    # has something else
    return ops.onednn.qlinear_prepack(torch.constant_pad_nd(w, [0, 8]), annotate(Optional[List[int]], None))

def packed_transpose(self: __torch__.Kernels, w: Tensor) -> Tensor:
    # the same for the product back: [k, m]
    return self.packed_weight(torch.t(w))

def is_packed(self: __torch__.Kernels, w: Tensor) -> bool:
    return ops.prim.is_mkldnn(w) and w.dtype == 1

def packed_mm(self: __torch__.Kernels, bytes: Tensor, w: Tensor, scale: Tensor, dtype: int) -> Tensor:
    # bytes less 127 [n, k + 8] times a packed weight [m, k], times scale [m] -> [n, m]
    zero = torch.zeros([torch.size(scale, 0)], dtype=3)
    return ops.onednn.qlinear_pointwise(bytes, 1., 127, w, scale, zero, None, 1., 0, dtype, "none", annotate(List[Optional[number]], []), "")

def byte_rows(self: __torch__.Kernels, x: Tensor, factor: Tensor, columns: Tensor) -> Tuple[Tensor, Tensor]:
    # as quantise_others, but bytes of which 127 is 0 [n, k + 8], in fewer passes: the engine writes rows of embedding bags so, in 255 steps
    # from each row's least to its largest entry, with 8 bytes of its own behind them. Two of the columns carry -127 and 128 units to it
    n = torch.size(x, 0)
    k = torch.size(x, 1)
    bytes = torch.empty([n, k + 8], dtype=0)
    units = torch.empty([n, 1], dtype=15)
    ends = columns[:2]
    span = torch.cat([torch.full([1, 1], -127.), torch.full([1, 1], 128.)], 1)
    # the engine adds 1e-8 to what a row spans: gradients are small beside that
    lift = 1.
    if torch.numel(factor) > 0:
        lift = 1099511627776.
        factor = torch.mul(factor, lift)
    few = max(64, 393216 // k)
    at = 0
    while at < n:
        end = min(at + few, n)
        source = x[at:end].to(6)
        if torch.numel(factor) > 0:
            source = source.mul_(factor)
        source = source.index_fill_(1, columns, 0.)
        most = torch.maximum(torch.amax(source, [1], True), torch.neg(torch.amin(source, [1], True)))
        unit = most.mul_((1. + 1. / 256.) / 127.).to(15)
        units[at:end] = unit
        source = source.index_copy_(1, ends, torch.mul(unit.to(6), span))
        bytes[at:end] = ops.quantized.embedding_bag_byte_prepack(source)
        at = end
    if lift > 1.:
        units = units.mul_(1. / lift)
    return (bytes.index_fill_(1, ends, 127), units)

def packed_product(self: __torch__.Kernels, x: Tensor, w: Tensor, scale: Tensor, factor: Tensor, beside: List[Tensor]) -> Tensor:
    # bf16 x [n, k], times factor [k] unless that is empty, times a packed weight [m, k] with scale [m], plus the product of the two
    # tensors beside it [n, R] and [R, m], if there are any; the largest columns in bfloat16
    columns = self.largest_columns(x)
    bytes, units = self.byte_rows(x, factor, columns)
    y = self.packed_mm(bytes, w, scale, 15).mul_(units)
    # their weights: what rows with a single 1 make of the packed ones
    one = torch.full([torch.numel(columns), torch.size(x, 1) + 8], 127, dtype=0).scatter_(1, torch.unsqueeze(columns, 1), 128)
    weights = self.packed_mm(one, w, scale, 15)
    kept = torch.index_select(x, 1, columns)
    if torch.numel(factor) > 0:
        kept = torch.mul(kept, torch.index_select(factor, 0, columns).to(15))
    if len(beside) > 0:
        return y.addmm_(torch.cat([kept, beside[0]], 1), torch.cat([weights, beside[1]], 0))
    return y.addmm_(kept, weights)

def streamed_weight(self: __torch__.Kernels, w: Tensor, absmax: Tensor) -> Tensor:
    # w [m, k] for products of one row x: a sum of w's columns, each times its entry of x. That is what an embedding bag is, and the
    # engine's reads its rows as fast as memory gives them. Outputs are cut into blocks of about 192, which a core sums up in registers, an
    # even number so that two cores share them well. -> [blocks * k, width] bf16, or of int8 [blocks * k, width + 8] uint8: behind each
    # row stand its scale 1 and its offset -128, for the bag's bytes have no sign
    m = torch.size(w, 0)
    k = torch.size(w, 1)
    blocks = 2 * ((m + 383) // 384)
    width = 16 * ((m + 16 * blocks - 1) // (16 * blocks))
    missing = blocks * width - m
    if w.dtype != 1:
        w = self.float_weight(w, absmax, 15)
    if missing > 0:
        w = torch.constant_pad_nd(w, [0, 0, 0, missing])
    if w.dtype != 1:
        return torch.reshape(torch.transpose(torch.view(w, [blocks, width, k]), 1, 2), [blocks * k, width])
    bag = torch.empty([blocks, k, width + 8], dtype=0)
    bag[:, :, width:] = torch.empty([0], dtype=0).set_(torch.cat([torch.ones([1]), torch.full([1], -128.)]), 0, [8], [1])
    unsigned = torch.empty([0], dtype=0).set_(torch.bitwise_xor(w, -128))
    bag[:, :, :width] = torch.transpose(torch.view(unsigned, [blocks, width, k]), 1, 2)
    return torch.view(bag, [blocks * k, width + 8])

def streamed_order(self: __torch__.Kernels, w: Tensor, k: int) -> List[Tensor]:
    # the rows of a streamed weight's bags, one bag behind the other, [blocks * k] int32, and where each bag begins and ends [blocks + 1]
    rows = torch.size(w, 0)
    return [torch.arange(rows, dtype=3), torch.arange(0, rows + 1, k, dtype=3)]

def output_unit(self: __torch__.Kernels, w: Tensor, absmax: Tensor) -> Tensor:
    # [m] fp32: what each output of a product with the weight's stored values is multiplied by
    if w.dtype == 1:
        return torch.mul(absmax, 1. / 127.)
    return torch.ones([torch.size(w, 0)], dtype=6, device=ops.prim.device(w))

def streamed_product(self: __torch__.Kernels, x: Tensor, w: Tensor, unit: Tensor, order: List[Tensor]) -> Tensor:
    # x [1, k] fp32 times a streamed weight -> [1, m] fp32
    blocks = torch.size(order[1], 0) - 1
    factors = torch.view(torch.repeat(x, [blocks, 1]), [-1])
    if w.dtype == 0:
        y = ops.quantized.embedding_bag_byte_rowwise_offsets(w, order[0], order[1], False, 0, False, factors, None, True)
    else:
        y, bags, sizes, largest = torch._embedding_bag_forward_only(w, order[0], order[1], False, 0, False, factors.to(w.dtype), True)
    y = torch.view(y, [1, -1])
    if torch.size(y, 1) > torch.numel(unit):
        y = torch.slice(y, 1, 0, torch.numel(unit))
    return torch.mul(y, unit)

def few_rows(self: __torch__.Kernels, width: int) -> int:
    # rows that are quantised at a time: the steps between bfloat16 and int8 stay in cache
    return max(16, 1048576 // max(width, 1))

def outlier_source(self: __torch__.Kernels, x: Tensor) -> Tensor:
    # fp32 activations are rounded to fp16 first, as published; bf16 ones have fewer bits already
    if x.dtype == 6:
        return x.to(5).to(6)
    return x

def largest_columns(self: __torch__.Kernels, x: Tensor) -> Tensor:
    # the columns of x [n, k] whose entries stand out most beside the root mean square of their rows, judged by one row in eight
    some = x[::8].to(6)
    ratio = torch.div(torch.abs(some), torch.clamp_min(torch.linalg_vector_norm(some, 2, [1], True), 1e-30))
    best, columns = torch.topk(torch.amax(ratio, [0]), min(self.largest, torch.size(x, 1)))
    return columns

def quantise_others(self: __torch__.Kernels, x: Tensor, factor: Tensor, columns: Tensor) -> Tuple[Tensor, Tensor]:
    # rows of x [n, k], times factor [k] unless that is empty, without the columns -> int8 [n, k], and what each row's 1 stands for
    # [n, 1] fp32: a bfloat16 number, by which a product in bfloat16 can be multiplied, so large that no entry exceeds 127. A few rows
    # at a time since they are fp32 in between
    n = torch.size(x, 0)
    q = torch.empty([n, torch.size(x, 1)], dtype=1, device=ops.prim.device(x))
    units = torch.empty([n, 1], dtype=6, device=ops.prim.device(x))
    few = self.few_rows(torch.size(x, 1))
    at = 0
    while at < n:
        end = min(at + few, n)
        source = x[at:end].to(6)
        if torch.numel(factor) > 0:
            source = torch.mul(source, factor)
        magnitude = torch.abs(source).index_fill_(1, columns, 0.)
        unit = torch.clamp_min(torch.amax(magnitude, [1], True).mul_((1. + 1. / 256.) / 127.), 1e-30).to(15).to(6)
        units[at:end] = unit
        q[at:end] = torch.mul(source, torch.reciprocal(unit)).round_()
        at = end
    # their values in q were too large for it
    return (q.index_fill_(1, columns, 0), units)

def outlier_columns(self: __torch__.Kernels, x: Tensor) -> Tensor:
    # columns of x [n, k] with an entry at or above the threshold (Dettmers et al. 2022, section 3.2); none if it is 0
    if self.threshold <= 0.:
        return torch.empty([0], dtype=4, device=ops.prim.device(x))
    most = annotate(List[Tensor], [])
    n = torch.size(x, 0)
    few = self.few_rows(torch.size(x, 1))
    at = 0
    while at < n:
        most.append(torch.amax(torch.abs(self.outlier_source(x[at:min(at + few, n)])), [0]))
        at = at + few
    return torch.squeeze(torch.nonzero(torch.ge(torch.amax(torch.stack(most), [0]), self.threshold)), 1)

def quantise_rows(self: __torch__.Kernels, x: Tensor, magnitude: Tensor) -> Tuple[Tensor, Tensor]:
    # int8 values [n, k] as fp32, and absmax [n, 1] fp32; round half to even; an all-zero row becomes zeros
    absmax = torch.amax(magnitude, [1], True).to(6)
    factor = torch.mul(torch.reciprocal(torch.clamp_min(absmax, 1e-30)), 127.)
    return (torch.mul(x, factor).round_(), absmax)

def int8_rows(self: __torch__.Kernels, x: Tensor) -> Tuple[Tensor, Tensor, Tensor, Tensor]:
    # x [n, k] -> int8 rows [n, k] and absmax [n, 1] of what the int8 product sees, the columns with outliers, and what of these columns
    # is multiplied in float [n, columns].
    # As published, a whole column leaves the int8 product when one of its entries is an outlier, so a row's result depends on the
    # rows beside it. With outlier_entries only the outliers themselves leave it, and every row stands for itself.
    columns = self.outlier_columns(x)
    apart = torch.numel(columns) > 0
    n = torch.size(x, 0)
    q = torch.empty([n, torch.size(x, 1)], dtype=1, device=ops.prim.device(x))
    rowmax = torch.empty([n, 1], dtype=6, device=ops.prim.device(x))
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
    # for audits: the int8 rows (as fp32) [n, k] and absmax [n, 1] of activations x [n, k], and their outlier columns, or the largest
    if self.largest > 0:
        columns = self.largest_columns(x)
        q, units = self.quantise_others(x, torch.empty([0], device=ops.prim.device(x)), columns)
        return [q.to(6), torch.mul(units, 127.), columns]
    q, rowmax, columns, kept = self.int8_rows(x)
    return [q.to(6), rowmax, columns]

def int8_mm(self: __torch__.Kernels, q: Tensor, w: Tensor) -> Tensor:
    # q [n, k] times w [k, m], both int8 -> [n, m], int32; fp32 on processors that would multiply one number at a time: sums are exact
    # below 2^24, as those of 1,040 largest codes are
    if not q.is_cuda:
        if self.has_bfloat16():
            return torch._int_mm(q, w)
        return self.float_product(q.to(6), torch.t(w.to(6)))
    # there: more than 16 rows, k and m in eights, and w by columns
    n, k, m = torch.size(q, 0), torch.size(q, 1), torch.size(w, 1)
    rows, inner, columns = max(0, 32 - n), -k % 8, -m % 8
    if rows + inner + columns > 0:
        q = torch.constant_pad_nd(q, [0, inner, 0, rows])
        w = torch.constant_pad_nd(w, [0, columns, 0, inner])
    return torch._int_mm(q, torch.t(torch.contiguous(torch.t(w))))[:n, :m]

def int8_product(self: __torch__.Kernels, x: Tensor, w: Tensor, absmax: Tensor, bias: Tensor) -> Tensor:
    # LLM.int8(): x [n, k] -> [n, m]; int8 x int8 -> int32 with row scales on both sides, outliers, or the largest columns, in float
    if self.largest > 0:
        columns = self.largest_columns(x)
        kept = torch.index_select(x, 1, columns)
        q, units = self.quantise_others(x, torch.empty([0], device=ops.prim.device(x)), columns)
        scale = self.output_unit(w, absmax)
    else:
        q, units, columns, kept = self.int8_rows(x)
        scale = torch.mul(absmax, self.int8_unit)
    n = torch.size(x, 0)
    m = torch.size(w, 0)
    y = torch.empty([n, m], dtype=x.dtype, device=ops.prim.device(x))
    step = self.rows_per_chunk(m)
    width = max(1024, 1048576 // min(step, n))
    at = 0
    while at < n:
        end = min(at + step, n)
        left = 0
        while left < m:
            right = min(left + width, m)
            part = torch.mul(self.int8_mm(q[at:end], torch.t(w[left:right])), units[at:end])
            part = part.mul_(scale[left:right])
            if torch.numel(bias) > 0:
                part = part.add_(bias[left:right])
            y[at:end, left:right] = part
            left = right
        at = end
    if torch.numel(columns) > 0:
        part = torch.index_select(w, 1, columns)
        y.addmm_(kept, torch.t(self.float_weight(part, absmax, x.dtype)))
    return y

def int8_decode_product(self: __torch__.Kernels, x: Tensor, w: Tensor, unit: Tensor, ones: Tensor) -> Tensor:
    # one token a row: int8 weights against bf16 or fp32 activations; their unit [m], absmax / 127, is applied in fp32 behind it.
    # ones: [m], bf16
    if x.dtype == 6:
        return self.float_product(x, w.to(6)).mul_(unit)
    return torch._weight_int8pack_mm(x, w, ones).mul_(unit)

def float_product(self: __torch__.Kernels, x: Tensor, w: Tensor) -> Tensor:
    # x [n, k] times the transpose of w [m, k] -> [n, m]; w may be a transpose itself. On x86 processors without bfloat16 oneDNN's float32
    # products take a sixth less time than mm's, for few rows a third
    if self.onednn_products and x.dtype == 6 and not x.is_cuda:
        return ops.mkldnn._linear_pointwise(x, w, None, "none", annotate(List[Optional[number]], []), "")
    return torch.mm(x, torch.t(w))

def frozen_product(self: __torch__.Kernels, x: Tensor, w: Tensor, absmax: Tensor, bias: Tensor, int8: bool, beside: List[Tensor]) -> Tensor:
    # x [n, k] -> x W^T + bias [n, m], plus the product of the two tensors beside it [n, R] and [R, m], if there are any; int8: whether an
    # int8 weight may be multiplied by int8 activations
    packed = self.is_packed(w)
    quantised = w.dtype == 1 and int8 and not packed
    if packed:
        y = self.packed_product(x, w, self.output_unit(w, absmax), torch.empty([0]), beside)
    elif quantised:
        y = self.int8_product(x, w, absmax, bias)
    elif ops.prim.is_mkldnn(w):
        y = self.reordered_product(x, w)
    else:
        y = self.float_product(x, self.float_weight(w, absmax, x.dtype))
    if torch.numel(bias) > 0 and not quantised:
        # in one dtype: adding fp32 to bfloat16 takes several times as long
        y = y.add_(bias.to(y.dtype))
    if len(beside) > 0 and not packed:
        y = y.addmm_(beside[0], beside[1])
    return y

def frozen_product_back(self: __torch__.Kernels, g: Tensor, w: Tensor, absmax: Tensor, transpose: Tensor, int8: bool, beside: List[Tensor]) -> Tensor:
    # g [n, m] -> g W [n, k], plus what is beside it, as above; by int8 the gradient rows are quantised after the weight's row scales went
    # into them. transpose: reordered or packed, or empty; int8: whether an int8 weight may be multiplied by int8 gradients
    if self.is_packed(transpose):
        # a packed weight calls itself [in, out]
        return self.packed_product(g, transpose, torch.ones([torch.size(transpose, 1)]), torch.mul(absmax, 1. / 127.), beside)
    if ops.prim.is_mkldnn(transpose):
        d = self.reordered_product(g, transpose)
    elif w.dtype == 1 and int8:
        d = self.int8_product_back(g, w, absmax)
    else:
        d = self.float_product(g, torch.t(self.float_weight(w, absmax, g.dtype)))
    if len(beside) > 0:
        d = d.addmm_(beside[0], beside[1])
    return d

def int8_product_back(self: __torch__.Kernels, g: Tensor, w: Tensor, absmax: Tensor) -> Tensor:
    # g [n, m] -> g W [n, k]
    columns = torch.empty([0], dtype=4, device=ops.prim.device(g))
    if self.largest > 0:
        columns = self.largest_columns(g)
    q, units = self.quantise_others(g, self.output_unit(w, absmax), columns)
    n = torch.size(g, 0)
    k = torch.size(w, 1)
    d = torch.empty([n, k], dtype=g.dtype, device=ops.prim.device(g))
    step = self.rows_per_chunk(max(torch.size(w, 0), k))
    few = self.few_rows(k)
    at = 0
    while at < n:
        end = min(at + step, n)
        product = self.int8_mm(q[at:end], w)
        first = at
        while first < end:
            last = min(first + few, end)
            d[first:last] = torch.mul(product[first - at:last - at], units[first:last])
            first = last
        at = end
    if torch.numel(columns) > 0:
        rows = self.float_weight(torch.index_select(w, 0, columns), torch.index_select(absmax, 0, columns), g.dtype)
        d.addmm_(torch.index_select(g, 1, columns), rows)
    return d

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

def rank_rows(self: __torch__.Kernels, x: Tensor, a: Tensor, keep: Tensor, offset: int) -> Tensor:
    # dropout(x) A^T [n, R], or empty: what LoRA's B reads
    if torch.numel(a) == 0:
        return torch.empty([0], dtype=x.dtype, device=ops.prim.device(x))
    return torch.mm(self.dropped(x, keep, offset), torch.t(a))

def parts(self: __torch__.Kernels, ranks: List[int], linear: int) -> List[int]:
    # ranks: for qkv, out, up and down the first trained rank row, and where in the list its parts begin and end. A part is an adapter's
    # share in one of the linears that stand in one weight, by four numbers: its outputs from .. to, its rank rows from .. to. Elsewhere
    # B is 0
    return ranks[ranks[3 * linear + 1]:ranks[3 * linear + 2]]

def part_of(self: __torch__.Kernels, b: Tensor, parts: List[int], i: int) -> Tensor:
    # of b [m, R] the rows and columns of the part whose numbers begin at i
    return torch.slice(torch.slice(b, 0, parts[i], parts[i + 1]), 1, parts[i + 2], parts[i + 3])

def linear(self: __torch__.Kernels, x: Tensor, w: Tensor, absmax: Tensor, bias: Tensor, int8: bool, u: Tensor, b: Tensor, parts: List[int]) -> Tensor:
    # y = x W^T + bias + u B^T; u as rank_rows has it, b [m, R] with the LoRA scaling inside; int8: see frozen_product.
    # What a packed weight makes is rounded once more than others: there all parts go into the product of the largest columns
    if len(parts) == 4 or self.is_packed(w) and len(parts) > 0:
        return self.frozen_product(x, w, absmax, bias, int8, [u, torch.t(b)])
    y = self.frozen_product(x, w, absmax, bias, int8, annotate(List[Tensor], []))
    i = 0
    while i < len(parts):
        part = torch.t(self.part_of(b, parts, i))
        torch.slice(y, 1, parts[i], parts[i + 1]).addmm_(torch.slice(u, 1, parts[i + 2], parts[i + 3]), part)
        i = i + 4
    return y

def learns(self: __torch__.Kernels, a: Tensor, trained: int) -> bool:
    # whether the way back reads the input of a linear: its own rows of a are trained, or the weight itself
    return self.train_weights or trained < torch.size(a, 0)

def rank_rows_back(self: __torch__.Kernels, g: Tensor, b: Tensor, parts: List[int]) -> Tensor:
    # g B [n, R]
    if len(parts) == 4:
        return torch.mm(g, b)
    du = annotate(List[Tensor], [])
    i = 0
    while i < len(parts):
        du.append(torch.mm(torch.slice(g, 1, parts[i], parts[i + 1]), torch.contiguous(self.part_of(b, parts, i))))
        i = i + 4
    return torch.cat(du, 1)

def linear_back(self: __torch__.Kernels, x: Tensor, u: Tensor, g: Tensor, w: Tensor, absmax: Tensor, transpose: Tensor, int8: bool, a: Tensor, b: Tensor, parts: List[int], keep: Tensor, offset: int, trained: int) -> List[Tensor]:
    # gradient of the input [n, k], of a [R - trained, k] and of b [m, R - trained]; rows before `trained` are frozen.
    # Where nothing of it is trained (see learns), x and u are not read
    beside = annotate(List[Tensor], [])
    du = torch.empty([0], device=ops.prim.device(g))
    if torch.numel(a) > 0:
        du = self.rank_rows_back(g, b, parts)
        if torch.numel(keep) == 0:
            beside = [du, a]
    d = self.frozen_product_back(g, w, absmax, transpose, int8, beside)
    if torch.numel(a) == 0:
        return [d, torch.empty([0], device=ops.prim.device(g)), torch.empty([0], device=ops.prim.device(g))]
    if torch.numel(keep) > 0:
        d = d.addcmul_(torch.mm(du, a), self.keep_window(d, keep, offset))
    if trained >= torch.size(a, 0):
        return [d, torch.empty([0], device=ops.prim.device(g)), torch.empty([0], device=ops.prim.device(g))]
    da = torch.mm(torch.t(du[:, trained:]), self.dropped(x, keep, offset))
    return [d, da.to(6), self.b_gradient(u, g, parts, torch.size(b, 0), trained)]

def b_gradient(self: __torch__.Kernels, u: Tensor, g: Tensor, parts: List[int], m: int, trained: int) -> Tensor:
    # of the trained parts of b, [m, R - trained] fp32; 0 elsewhere
    db = torch.zeros([m, torch.size(u, 1) - trained], dtype=6, device=ops.prim.device(g))
    i = 0
    while i < len(parts):
        if parts[i + 2] >= trained:
            # the narrow factor first: the engine is faster at few rows of many numbers than at many rows of few
            narrow = torch.t(torch.slice(u, 1, parts[i + 2], parts[i + 3]))
            part = torch.mm(narrow, torch.slice(g, 1, parts[i], parts[i + 1]))
            db[parts[i]:parts[i + 1], parts[i + 2] - trained:parts[i + 3] - trained] = torch.t(part)
        i = i + 4
    return db

def bias_gradient(self: __torch__.Kernels, bias: Tensor, g: Tensor) -> Tensor:
    # column sums [m] of the gradient rows g [n, m], empty where there is no bias; for biases that are trained from scratch
    if torch.numel(bias) == 0:
        return torch.empty([0], device=ops.prim.device(g))
    return torch.sum(g.to(6), [0])
