# Embeddings and the language-model head. The head runs in chunks of rows and only on the rows it is given, so the logits of a
# whole batch never exist.

def embed(self: __torch__.Kernels, ids: Tensor, positions: Tensor, w: List[Tensor], dtype: int) -> Tensor:
    # ids, positions [batch, seq] int64; w: token table [vocab, hidden], position table (or empty), norm weight, norm bias (or empty)
    x = self.table_rows(w[0], ids, dtype)
    if torch.numel(w[1]) > 0:
        x = torch.add(x, self.table_rows(w[1], positions, dtype))
    if torch.numel(w[2]) > 0:
        x = torch.layer_norm(x.to(6), [torch.size(x, -1)], w[2], w[3], self.norm_eps).to(dtype)
    return x

def table_rows(self: __torch__.Kernels, table: Tensor, index: Tensor, dtype: int) -> Tensor:
    rows = torch.index_select(table, 0, torch.reshape(index, [-1]))
    if table.dtype == 5:
        rows = self.bfloat16_of(rows)
    return torch.view(rows.to(dtype), [torch.size(index, 0), torch.size(index, 1), -1])

def embed_tokens(self: __torch__.Kernels, ids: Tensor, positions: Tensor, w: List[Tensor]) -> Tensor:
    return self.embed(ids, positions, w, self.compute_dtype())

def final_norm(self: __torch__.Kernels, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    return self.norm(x, weight, bias)

def final_norm_vjp(self: __torch__.Kernels, x: Tensor, g: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    return self.norm_back(x, g.to(x.dtype), weight, bias)

def select_rows(self: __torch__.Kernels, h: Tensor, index: Tensor) -> Tensor:
    # h [batch, seq, hidden], index [rows] int64 into batch*seq -> [rows, hidden]
    return torch.index_select(torch.view(h, [-1, torch.size(h, -1)]), 0, index)

def rows_between(self: __torch__.Kernels, x: Tensor, start: int, end: int) -> Tensor:
    return x[start:end]

def join_rows(self: __torch__.Kernels, parts: List[Tensor]) -> Tensor:
    return torch.cat(parts, 0)

def zeros_like(self: __torch__.Kernels, h: Tensor) -> Tensor:
    return torch.zeros_like(h)

def add_rows(self: __torch__.Kernels, gradient: Tensor, rows: Tensor, index: Tensor) -> Tensor:
    # the reverse of select_rows: adds rows [rows, hidden] into gradient [batch, seq, hidden] in place
    torch.view(gradient, [-1, torch.size(gradient, -1)]).index_add_(0, index, rows.to(gradient.dtype))
    return gradient

def to_fp32(self: __torch__.Kernels, x: Tensor) -> Tensor:
    return x.to(6)

def compute_copies(self: __torch__.Kernels, parts: List[Tensor]) -> List[Tensor]:
    # adapter factors in the compute dtype
    dtype = self.compute_dtype()
    return [p.to(dtype) for p in parts]

def turn_tables(self: __torch__.Kernels, positions: Tensor, tables: List[Tensor]) -> List[Tensor]:
    # positions [batch, seq], cos and sin by position [context, rotary/2] -> both [batch, seq, rotary] in the compute dtype
    flat = torch.reshape(positions, [-1])
    shape = [torch.size(positions, 0), torch.size(positions, 1), torch.size(tables[0], 1)]
    here = [torch.view(torch.index_select(t, 0, flat), shape) for t in tables]
    cos, sin = self.both_halves(here[0], here[1], self.compute_dtype())
    return [cos, sin]

def document_bias(self: __torch__.Kernels, documents: Tensor, window: int, slopes: Tensor) -> Tensor:
    # documents [batch, seq] int64, -1 for padding -> [batch, 1, seq, seq]: 0 where a token may look (its own document, not ahead);
    # slopes [heads] or empty: with them [batch, heads, seq, seq]
    dtype = self.compute_dtype()
    seq = torch.size(documents, 1)
    row = torch.unsqueeze(torch.arange(seq, device=ops.prim.device(documents)), 1)
    column = torch.unsqueeze(torch.arange(seq, device=ops.prim.device(documents)), 0)
    query = torch.unsqueeze(documents, 2)
    key = torch.unsqueeze(documents, 1)
    # padding looks at what is real before it, as in the published models: nobody reads it, but it has a say in outlier columns
    same = torch.logical_or(torch.eq(query, key), torch.lt(query, 0))
    look = torch.logical_and(torch.logical_and(same, torch.ge(key, 0)), torch.le(column, row))
    if window > 0:
        look = torch.logical_and(look, torch.lt(torch.sub(row, column), window))
    return self.distance_bias(torch.unsqueeze(self.column_bias(look, dtype), 1), slopes, 0)

def head_weight(self: __torch__.Kernels, w: List[Tensor], dtype: int) -> Tensor:
    # w: weight [vocab, hidden], absmax (or empty)
    return self.float_weight(w[0], w[1], dtype)

def logits(self: __torch__.Kernels, h: Tensor, w: List[Tensor]) -> Tensor:
    # h [rows, hidden] -> [rows, vocab] fp32
    return self.float_product(h, self.head_weight(w, h.dtype)).to(6)

def head_chunk(self: __torch__.Kernels, n: int, weight: Tensor) -> int:
    # rows whose logits exist at a time: as many as fit, so that no chunk is left with a few rows
    most = max(16, min(256, 33554432 // torch.size(weight, 0)))
    chunks = max(1, (n + most - 1) // most)
    return (n + chunks - 1) // chunks

def cached_rows(self: __torch__.Kernels, width: int) -> int:
    # fp32 rows that stay in a core's cache from one step of the softmax to the next
    return max(1, 262144 // width)

def softmax_rows(self: __torch__.Kernels, z: Tensor, targets: Tensor, temperature: float) -> Tuple[Tensor, Tensor, Tensor, Tensor]:
    # logits z [rows, vocab], which may be overwritten -> probabilities and logits below their largest, both [rows, vocab] fp32, the
    # target's log-probability and the largest one [rows, 1]. The largest probability is 1 / sum(exp), so no second exponential is taken
    zf = z.to(6)
    if temperature != 1.:
        zf = torch.div(zf, temperature)
    zf = zf.sub_(torch.amax(zf, [-1], True))
    p = torch.softmax(zf, -1)
    largest = torch.log(torch.amax(p, [-1], True))
    found = torch.add(torch.gather(zf, 1, torch.unsqueeze(targets, 1)), largest)
    return (p, zf, found, largest)

def token_log_probs(self: __torch__.Kernels, h: Tensor, targets: Tensor, temperature: float, gradients: int, w: List[Tensor]) -> Tuple[Tensor, Tensor, Tensor]:
    # h [rows, hidden], targets [rows] int64 -> log-probability of the target and entropy, both [rows] fp32, and with `gradients` 1 that
    # of each log-probability with respect to its row of h [rows, hidden], else empty
    weight = self.head_weight(w, h.dtype)
    n = torch.size(h, 0)
    found = torch.empty([n, 1], dtype=6, device=ops.prim.device(h))
    entropy = torch.empty([n, 1], dtype=6, device=ops.prim.device(h))
    d = torch.empty([n * gradients, torch.size(h, 1)], dtype=h.dtype, device=ops.prim.device(h))
    step = self.head_chunk(n, weight)
    few = self.cached_rows(torch.size(weight, 0))
    at = 0
    while at < n:
        end = min(at + step, n)
        z = self.float_product(h[at:end], weight)
        first = at
        while first < end:
            last = min(first + few, end)
            p, below, target, largest = self.softmax_rows(z[first - at:last - at], targets[first:last], temperature)
            found[first:last] = target
            entropy[first:last] = torch.neg(torch.add(torch.sum(below.mul_(p), [-1], True), largest))
            if gradients > 0:
                z[first - at:last - at] = p.scatter_(1, torch.unsqueeze(targets[first:last], 1), 0.)
            first = last
        if gradients > 0:
            d[at:end] = torch.div(self.log_prob_gradients(found[at:end], targets[at:end], z, weight), temperature)
        at = end
    return (torch.squeeze(found, 1), torch.squeeze(entropy, 1), d)

def log_prob_gradients(self: __torch__.Kernels, found: Tensor, targets: Tensor, p: Tensor, weight: Tensor) -> Tensor:
    # log-probabilities found [rows, 1] of the targets [rows], probabilities p [rows, vocab] with 0 for the targets -> gradient of the
    # log-probabilities with respect to the hidden states [rows, hidden]: (1 - p_target) W_target - sum over the others of p W
    toward = torch.mul(torch.neg(torch.expm1(found)), torch.index_select(weight, 0, targets))
    return torch.sub(toward, torch.mm(p, weight))

def scaled_rows(self: __torch__.Kernels, rows: Tensor, scale: Tensor) -> Tensor:
    # rows [n, hidden], scale [n] fp32
    return torch.mul(rows, torch.unsqueeze(scale, 1)).to(rows.dtype)

def token_log_probs_vjp(self: __torch__.Kernels, h: Tensor, targets: Tensor, temperature: float, g: Tensor, w: List[Tensor]) -> Tuple[Tensor, Tensor]:
    # g [rows] fp32: gradient of each target's log-probability -> log-probabilities [rows], gradient of h [rows, hidden]
    weight = self.head_weight(w, h.dtype)
    n = torch.size(h, 0)
    found = torch.empty([n, 1], dtype=6, device=ops.prim.device(h))
    d = torch.empty_like(h)
    step = self.head_chunk(n, weight)
    few = self.cached_rows(torch.size(weight, 0))
    at = 0
    while at < n:
        end = min(at + step, n)
        z = self.float_product(h[at:end], weight)
        first = at
        while first < end:
            last = min(first + few, end)
            p, below, target, largest = self.softmax_rows(z[first - at:last - at], targets[first:last], temperature)
            found[first:last] = target
            z[first - at:last - at] = p.scatter_(1, torch.unsqueeze(targets[first:last], 1), 0.)
            first = last
        scale = torch.div(torch.unsqueeze(g[at:end], 1), temperature)
        d[at:end] = torch.mul(self.log_prob_gradients(found[at:end], targets[at:end], z, weight), scale)
        at = end
    return (torch.squeeze(found, 1), d)

def head_weight_gradient(self: __torch__.Kernels, h: Tensor, targets: Tensor, g: Tensor, w: List[Tensor]) -> Tensor:
    # gradient [vocab, hidden] of the head's own weight, for a head that is trained in full
    weight = self.head_weight(w, h.dtype)
    d = torch.zeros([torch.size(weight, 0), torch.size(weight, 1)], dtype=6, device=ops.prim.device(h))
    n = torch.size(h, 0)
    step = self.head_chunk(n, weight)
    at = 0
    while at < n:
        end = min(at + step, n)
        gc = torch.unsqueeze(g[at:end], 1)
        p = torch.softmax(torch.mm(h[at:end], torch.t(weight)), -1, 6).mul_(torch.neg(gc))
        p.scatter_add_(1, torch.unsqueeze(targets[at:end], 1), gc)
        d = d.addmm_(torch.t(p), h[at:end].to(6))
        at = end
    return d

def scalar_head(self: __torch__.Kernels, h: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    # h [rows, hidden], weight [1, hidden] fp32, bias [1] -> [rows] fp32
    return torch.add(torch.mv(h.to(6), torch.view(weight, [-1])), bias)

def scalar_head_vjp(self: __torch__.Kernels, h: Tensor, g: Tensor, weight: Tensor) -> List[Tensor]:
    # g [rows] -> gradient of h [rows, hidden], of weight [1, hidden], of bias [1]
    dh = torch.mul(torch.unsqueeze(g, 1), weight).to(h.dtype)
    dw = torch.unsqueeze(torch.mv(torch.t(h.to(6)), g), 0)
    return [dh, dw, torch.sum(g, [0], True)]
