# Causal attention with grouped queries, as batched products whose backward is written out.
#
# Queries of one key-value head are folded into rows: q [batch, kv, group*seq, head_dim], k and v [batch, kv, keys, head_dim],
# probabilities [batch, kv, group*seq, keys]. `bias` [batch or 1, 1, seq, keys] is 0 where a token may look, very negative elsewhere;
# with ALiBi it is [batch, heads, seq, keys].

def heads_first(self: __torch__.Kernels, x: Tensor, heads: int) -> Tensor:
    # [batch, seq, kv*group, head_dim] -> [batch, kv, group*seq, head_dim]
    b = torch.size(x, 0)
    t = torch.size(x, 1)
    d = torch.size(x, 3)
    return torch.reshape(torch.permute(x, [0, 2, 1, 3]), [b, heads, -1, d])

def seq_first(self: __torch__.Kernels, x: Tensor, seq: int) -> Tensor:
    # [batch, kv, group*seq, head_dim] -> [batch, seq, kv*group, head_dim]
    b = torch.size(x, 0)
    d = torch.size(x, 3)
    return torch.permute(torch.view(x, [b, -1, seq, d]), [0, 2, 1, 3])

def attention_probabilities(self: __torch__.Kernels, q: Tensor, k: Tensor, bias: Tensor) -> Tensor:
    # q already carries 1/sqrt(head_dim)
    scores = torch.matmul(q, torch.transpose(k, 2, 3))
    # seen by query head, so that both shapes of the bias fit
    torch.view(scores, [torch.size(scores, 0), -1, torch.size(bias, 2), torch.size(scores, 3)]).add_(bias)
    return torch.softmax(scores, -1)

def attention(self: __torch__.Kernels, q: Tensor, k: Tensor, v: Tensor, bias: Tensor) -> Tuple[Tensor, Tensor]:
    p = self.attention_probabilities(q, k, bias)
    return (torch.matmul(p, v), p)

def attention_chunks(self: __torch__.Kernels, q: Tensor, k: Tensor, v: Tensor, bias: Tensor, keep: bool) -> Tuple[Tensor, List[Tensor]]:
    # the same in chunks of query positions: keys ahead of a chunk are never touched, and no [seq, seq] array exists.
    # -> mixed values like q, probabilities of each chunk [batch, kv, group*chunk, keys up to its end], if they are kept
    seq = torch.size(bias, 2)
    if seq <= self.whole_queries():
        o, p = self.attention(q, k, v, bias)
        if keep:
            return (o, [p])
        return (o, annotate(List[Tensor], []))
    parts = annotate(List[Tensor], [])
    kept = annotate(List[Tensor], [])
    at = 0
    while at < seq:
        end = min(at + self.query_chunk, seq)
        p = self.attention_probabilities(self.chunk_rows(q, seq, at, end), k[:, :, :end], bias[:, :, at:end, :end])
        parts.append(self.by_query(torch.matmul(p, v[:, :, :end]), end - at))
        if keep:
            kept.append(p)
        at = end
    return (torch.view(torch.cat(parts, 3), torch.size(q)), kept)

def whole_queries(self: __torch__.Kernels) -> int:
    # a last chunk of a few rows costs more calls than it saves
    return self.query_chunk + self.query_chunk // 4

def by_query(self: __torch__.Kernels, x: Tensor, seq: int) -> Tensor:
    # [batch, kv, group*seq, head_dim] -> [batch, kv, group, seq, head_dim]
    return torch.view(x, [torch.size(x, 0), torch.size(x, 1), -1, seq, torch.size(x, 3)])

def chunk_rows(self: __torch__.Kernels, x: Tensor, seq: int, at: int, end: int) -> Tensor:
    # of queries [batch, kv, group*seq, head_dim] those at positions at .. end -> [batch, kv, group*(end - at), head_dim]
    part = self.by_query(x, seq)[:, :, :, at:end]
    return torch.reshape(part, [torch.size(x, 0), torch.size(x, 1), -1, torch.size(x, 3)])

def attention_back(self: __torch__.Kernels, q: Tensor, k: Tensor, v: Tensor, p: Tensor, g: Tensor) -> Tuple[Tensor, Tensor, Tensor]:
    dv = torch.matmul(torch.transpose(p, 2, 3), g)
    dp = torch.matmul(g, torch.transpose(v, 2, 3))
    ds = torch._softmax_backward_data(dp, p, -1, p.dtype)
    dq = torch.matmul(ds, k)
    dk = torch.matmul(torch.transpose(ds, 2, 3), q)
    return (dq, dk, dv)

def attention_chunks_back(self: __torch__.Kernels, q: Tensor, k: Tensor, v: Tensor, bias: Tensor, kept: List[Tensor], g: Tensor) -> Tuple[Tensor, Tensor, Tensor]:
    # kept: the probabilities of each chunk; none: each is computed anew, and only one exists at a time
    seq = torch.size(bias, 2)
    if seq <= self.whole_queries():
        if len(kept) > 0:
            p = kept[0]
        else:
            p = self.attention_probabilities(q, k, bias)
        return self.attention_back(q, k, v, p, g)
    parts = annotate(List[Tensor], [])
    dk = torch.zeros(torch.size(k), dtype=6, device=ops.prim.device(k))
    dv = torch.zeros(torch.size(v), dtype=6, device=ops.prim.device(v))
    at = 0
    i = 0
    while at < seq:
        end = min(at + self.query_chunk, seq)
        qc = self.chunk_rows(q, seq, at, end)
        kc = k[:, :, :end]
        if len(kept) > 0:
            p = kept[i]
        else:
            p = self.attention_probabilities(qc, kc, bias[:, :, at:end, :end])
        dqc, dkc, dvc = self.attention_back(qc, kc, v[:, :, :end], p, self.chunk_rows(g, seq, at, end))
        parts.append(self.by_query(dqc, end - at))
        dk[:, :, :end].add_(dkc)
        dv[:, :, :end].add_(dvc)
        at = end
        i = i + 1
    return (torch.view(torch.cat(parts, 3), torch.size(q)), dk.to(k.dtype), dv.to(v.dtype))

def distance_bias(self: __torch__.Kernels, bias: Tensor, slopes: Tensor, first: int) -> Tensor:
    # ALiBi (Press et al. 2021): bias [batch, 1, seq, keys] falls with the distance of a key, by each head's slope. Query 0 stands at
    # column `first`; columns count, since a document's tokens stand together and softmax forgets what all keys share.
    if torch.numel(slopes) == 0:
        return bias
    query = torch.add(torch.unsqueeze(torch.arange(torch.size(bias, 2), device=ops.prim.device(bias)), 1), first)
    key = torch.unsqueeze(torch.arange(torch.size(bias, 3), device=ops.prim.device(bias)), 0)
    distance = torch.clamp_max(torch.sub(key, query), 0).to(6)
    return torch.add(bias, torch.mul(torch.view(slopes, [1, -1, 1, 1]), distance).to(bias.dtype))
