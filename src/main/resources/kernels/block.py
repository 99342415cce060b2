# One decoder block and its vector-Jacobian product.
#
# w: 22 tensors a block, empty where a family has none:
#   0 norm1 weight, 1 norm1 bias, 2 qkv, 3 qkv absmax, 4 qkv bias, 5 out, 6 out absmax, 7 out bias, 8 norm2 weight, 9 norm2 bias,
#   10 up, 11 up absmax, 12 up bias, 13 down, 14 down absmax, 15 down bias, 16 query norm, 17 key norm, 18 to 21 what goes back through
#   qkv, out, up and down, where that is in an order of its own (see linear.py)
# lora: 8 tensors a block: a and b of qkv, out, up, down (empty where none).
# ranks: which of their rows belong together, and which are trained, see parts in linear.py.
# saved, by policy: 2 (all) q, k, v, mixed, middle, up, raw qkv (query/key norm only), rank rows of qkv, out, up, down, what mlp_activated
# makes of up, then the probabilities of each chunk of queries, which grow with the square of the length, up to longest_kept tokens;
# 1 (attention) the same without the last two; 0 (inputs) nothing, and the pass back runs the block once more up to what is saved.
# last: empty, or of the last block, when nothing but each row's last token is read from it, where these stand among all [batch]. Then
# keys and values are computed for all tokens, everything else for these; what is saved has them alone, and y is 0 elsewhere.

def queries_keys_values(self: __torch__.Kernels, qkv: Tensor, cos: Tensor, sin: Tensor, query_norm: Tensor, key_norm: Tensor, batch: int) -> Tuple[Tensor, Tensor, Tensor]:
    # qkv [n, (heads + 2 kv) * head_dim] -> q [batch, seq, heads, head_dim] turned and scaled, k, v [batch, seq, kv, head_dim]
    x = torch.view(qkv, [batch, -1, self.heads + 2 * self.kv_heads, self.head_dim])
    turning = self.heads + self.kv_heads
    qk = x[:, :, :turning]
    if self.qk_norm:
        qk = torch.cat([self.rms_norm(qk[:, :, :self.heads], query_norm), self.rms_norm(qk[:, :, self.heads:], key_norm)], 2)
    qk = self.rotate(qk, cos, sin)
    return (torch.mul(qk[:, :, :self.heads], self.attention_scale), qk[:, :, self.heads:], x[:, :, turning:])

def token_rows(self: __torch__.Kernels, x: Tensor, last: Tensor) -> Tensor:
    # x [batch, seq, ...] -> [batch, 1, ...]
    return torch.unsqueeze(torch.index_select(torch.flatten(x, 0, 1), 0, last), 1)

def among_all(self: __torch__.Kernels, rows: Tensor, last: Tensor, seq: int) -> Tensor:
    # rows [batch, 1, ...] -> [batch, seq, ...], 0 elsewhere
    batch = torch.size(rows, 0)
    all = torch.zeros([batch * seq] + torch.size(rows)[2:], dtype=rows.dtype, device=ops.prim.device(rows))
    return torch.unflatten(all.index_copy_(0, last, torch.flatten(rows, 0, 1)), 0, [batch, seq])

def token_bias(self: __torch__.Kernels, bias: Tensor, last: Tensor) -> Tensor:
    # bias [batch, 1 or heads, seq, keys] -> [batch, 1 or heads, 1, keys]
    row = torch.view(torch.remainder(last, torch.size(bias, 2)), [-1, 1, 1, 1])
    return torch.gather(bias, 2, torch.expand(row, [-1, torch.size(bias, 1), 1, torch.size(bias, 3)]))

def block_forward(self: __torch__.Kernels, x: Tensor, cos: Tensor, sin: Tensor, bias: Tensor, keep: Tensor, offset: int, policy: int, last: Tensor, ranks: List[int], w: List[Tensor], lora: List[Tensor]) -> List[Tensor]:
    # x [batch, seq, hidden] -> [y, saved...]; cos, sin [batch, seq, rotary]; keep and offset: dropout, see linear.py
    kept, out = self.up_to_activation(x, cos, sin, bias, keep, offset, policy == 2 and torch.size(x, 1) <= self.longest_kept(), True, last, ranks, w, lora)
    if policy == 2:
        kept[11] = self.mlp_activated(kept[5])
        inner = self.mlp_gated(kept[5], kept[11])
    else:
        inner = self.mlp_inner(kept[5])
    kept[10] = self.rank_rows(inner, lora[6], keep, offset + 23627)
    y = self.linear(inner, w[13], w[14], w[15], self.int8_inner_forward, kept[10], lora[7], self.parts(ranks, 3))
    y = y.add_(kept[4])
    if self.parallel_residual:
        y = y.add_(out)
    if torch.numel(last) > 0:
        y = self.among_all(torch.unsqueeze(y, 1), last, torch.size(x, 1))
    result = [torch.view(y, torch.size(x))]
    if policy == 0:
        return result
    return result + kept

def up_to_activation(self: __torch__.Kernels, x: Tensor, cos: Tensor, sin: Tensor, bias: Tensor, keep: Tensor, offset: int, probabilities: bool, whole: bool, last: Tensor, ranks: List[int], w: List[Tensor], lora: List[Tensor]) -> Tuple[List[Tensor], Tensor]:
    # the block up to what the feed-forward part activates -> saved, without the activated, and the output of attention. Not whole: nobody
    # adds this to a parallel residual, and it may be empty
    batch = torch.size(x, 0)
    seq = torch.size(x, 1)
    x2 = torch.view(x, [-1, torch.size(x, 2)])
    h1 = self.norm(x2, w[0], w[1])
    u1 = self.rank_rows(h1, lora[0], keep, offset)
    qkv = self.linear(h1, w[2], w[3], w[4], self.int8_forward, u1, lora[1], self.parts(ranks, 0))
    q0, k0, v0 = self.queries_keys_values(qkv, cos, sin, w[16], w[17], batch)
    queries = seq
    if torch.numel(last) > 0:
        queries = 1
        q0 = self.token_rows(q0, last)
        bias = self.token_bias(bias, last)
        x2 = torch.index_select(x2, 0, last)
    q = self.heads_first(q0, self.kv_heads)
    # as views of what is turned and of qkv they would keep these alive
    k = torch.contiguous(self.heads_first(k0, self.kv_heads))
    v = torch.contiguous(self.heads_first(v0, self.kv_heads))
    o, chunks = self.attention_chunks(q, k, v, bias, probabilities)
    mixed = torch.reshape(self.seq_first(o, queries), [batch * queries, -1])
    out = torch.empty([0], device=ops.prim.device(x))
    middle = x2
    u2 = self.rank_rows(mixed, lora[2], keep, offset + 7919)
    if whole or not self.parallel_residual:
        out = self.linear(mixed, w[5], w[6], w[7], self.int8_forward, u2, lora[3], self.parts(ranks, 1))
    if not self.parallel_residual:
        middle = torch.add(out, x2)
    h2 = self.norm(middle, w[8], w[9])
    u3 = self.rank_rows(h2, lora[4], keep, offset + 15877)
    up = self.linear(h2, w[10], w[11], w[12], self.int8_forward, u3, lora[5], self.parts(ranks, 2))
    qkv_raw = torch.empty([0], device=ops.prim.device(x))
    if self.qk_norm:
        qkv_raw = qkv
    none = torch.empty([0], device=ops.prim.device(x))
    return ([q, k, v, mixed, middle, up, qkv_raw, u1, u2, u3, none, none] + chunks, out)

def longest_kept(self: __torch__.Kernels) -> int:
    # tokens a row; beyond, making probabilities once more is cheaper than room for them
    return 1024

def linear_inputs(self: __torch__.Kernels, x: Tensor, w: List[Tensor], saved: List[Tensor]) -> List[Tensor]:
    # for audits: what the block's linears read, [n, in] each of qkv, out, up, down; saved as policies 1 and 2 have it
    h1 = self.norm(torch.view(x, [-1, torch.size(x, -1)]), w[0], w[1])
    return [h1, saved[3], self.norm(saved[4], w[8], w[9]), self.mlp_inner(saved[5])]

def block_vjp(self: __torch__.Kernels, x: Tensor, g: Tensor, cos: Tensor, sin: Tensor, bias: Tensor, keep: Tensor, offset: int, last: Tensor, ranks: List[int], w: List[Tensor], lora: List[Tensor], saved: List[Tensor]) -> List[Tensor]:
    # x, g [batch, seq, hidden]: input of the block, gradient of its output -> [dx, then da, db of qkv, out, up, down (empty where
    # none)]; when weights are trained themselves, then the gradients of norm1, qkv, out, norm2, up, down, and those of their biases
    # (empty where none)
    kept = saved
    if len(kept) <= 1:
        # once more, without probabilities: the way back computes them chunk by chunk
        kept, out = self.up_to_activation(x, cos, sin, bias, keep, offset, False, False, last, ranks, w, lora)
    q, k, v = kept[0], kept[1], kept[2]
    mixed, middle, up, qkv_raw = kept[3], kept[4], kept[5], kept[6]
    batch = torch.size(x, 0)
    seq = torch.size(x, 1)
    hidden = torch.size(x, 2)
    x2 = torch.view(x, [-1, hidden])
    gy = torch.view(g, [-1, hidden])
    queries = seq
    if torch.numel(last) > 0:
        queries = 1
        bias = self.token_bias(bias, last)
        gy = torch.index_select(gy, 0, last)

    # what the linears read is made once more only where a gradient needs it
    activated = kept[11]
    if torch.numel(activated) == 0:
        activated = self.mlp_activated(up)
    inner, h1, h2 = x2, x2, x2
    if self.learns(lora[6], ranks[9]):
        inner = self.mlp_gated(up, activated)
        if torch.numel(kept[10]) == 0:
            kept[10] = self.rank_rows(inner, lora[6], keep, offset + 23627)
    if self.learns(lora[4], ranks[6]):
        h2 = self.norm(middle, w[8], w[9])
    if self.learns(lora[0], ranks[0]):
        h1 = self.norm(x2, w[0], w[1])

    down = self.linear_back(inner, kept[10], gy, w[13], w[14], w[21], self.int8_backward, lora[6], lora[7], self.parts(ranks, 3), keep, offset + 23627, ranks[9])
    dup = self.mlp_inner_back(up, activated, down[0])
    upb = self.linear_back(h2, kept[9], dup, w[10], w[11], w[20], self.int8_inner_backward, lora[4], lora[5], self.parts(ranks, 2), keep, offset + 15877, ranks[6])
    dmiddle = torch.add(self.norm_back(middle, upb[0], w[8], w[9]), gy)

    dout = dmiddle
    if self.parallel_residual:
        dout = gy
    outb = self.linear_back(mixed, kept[8], dout, w[5], w[6], w[19], self.int8_backward, lora[2], lora[3], self.parts(ranks, 1), keep, offset + 7919, ranks[3])
    do = self.heads_first(torch.view(outb[0], [batch, queries, self.heads, self.head_dim]), self.kv_heads)
    dq, dk, dv = self.attention_chunks_back(q, k, v, bias, kept[12:], do)
    back = torch.neg(sin)
    scaled = torch.mul(self.seq_first(dq, queries), self.attention_scale)
    if torch.numel(last) > 0:
        scaled = self.among_all(scaled, last, seq)
    dqk = [self.rotate(torch.cat([scaled, self.seq_first(dk, seq)], 2), cos, back)]
    if self.qk_norm:
        raw = torch.view(qkv_raw, [batch, seq, self.heads + 2 * self.kv_heads, self.head_dim])
        dqk = [
            self.rms_norm_back(raw[:, :, :self.heads], dqk[0][:, :, :self.heads], w[16]),
            self.rms_norm_back(raw[:, :, self.heads:self.heads + self.kv_heads], dqk[0][:, :, self.heads:], w[17])]
    dqkv = torch.reshape(torch.cat(dqk + [self.seq_first(dv, seq)], 2), [batch * seq, -1])
    qkvb = self.linear_back(h1, kept[7], dqkv, w[2], w[3], w[18], self.int8_backward, lora[0], lora[1], self.parts(ranks, 0), keep, offset, ranks[0])
    dx = self.norm_back(x2, qkvb[0], w[0], w[1])
    if torch.numel(last) > 0:
        dx = dx.index_add_(0, last, dmiddle)
    else:
        dx = dx.add_(dmiddle)
    result = [torch.view(dx, [batch, seq, hidden])] + qkvb[1:] + outb[1:] + upb[1:] + down[1:]
    if self.train_weights:
        result.append(self.norm_weight_gradient(x2, qkvb[0]))
        result.append(torch.mm(torch.t(dqkv), h1))
        result.append(torch.mm(torch.t(dout), mixed))
        result.append(self.norm_weight_gradient(middle, upb[0]))
        result.append(torch.mm(torch.t(dup), h2))
        result.append(torch.mm(torch.t(gy), inner))
        result.append(self.bias_gradient(w[1], qkvb[0]))
        result.append(self.bias_gradient(w[4], dqkv))
        result.append(self.bias_gradient(w[7], dout))
        result.append(self.bias_gradient(w[9], upb[0]))
        result.append(self.bias_gradient(w[12], dup))
        result.append(self.bias_gradient(w[15], gy))
    return result
