# A whole generation in one call: the prompts' forward fills the key-value cache, then one pass a token.
#
# Prompts are padded on the left, so that every row's next token has the same column. Per layer 22 weights and 8 LoRA tensors in a row,
# as in block.py. tables: cos and sin [context, rotary/2] by position, slopes of the heads [heads] (ALiBi) or empty.

def decode_linear(self: __torch__.Kernels, x: Tensor, w: List[Tensor], at: int, unit: Tensor, quantises: bool, a: Tensor, b: Tensor, along: List[Tensor]) -> Tensor:
    # the linear whose weight, absmax and bias stand in w from `at` on. along: empty, but where there is one token a row, so that weights are
    # read once for few rows: ones [m] bf16, or the order of a streamed weight
    few = len(along) == 1 and w[at].dtype == 1 and (x.dtype == 15 or not quantises) and not x.is_cuda
    if len(along) == 2 or few:
        if few:
            y = self.int8_decode_product(x, w[at], unit, along[0])
        else:
            y = self.streamed_product(x, w[at], unit, along)
        if torch.numel(w[at + 2]) > 0:
            y = y.add_(w[at + 2])
    else:
        y = self.frozen_product(x, w[at], w[at + 1], w[at + 2], quantises, annotate(List[Tensor], []))
    if torch.numel(a) > 0:
        y = y.addmm_(torch.mm(x, torch.t(a)), torch.t(b))
    return y

def reordered_linears(self: __torch__.Kernels, w: List[Tensor], linears: List[int], streamed: bool) -> List[Tensor]:
    # w with the weights at these places reordered, or streamed
    reordered = torch.slice(w)
    for at in linears:
        if streamed:
            reordered[at] = self.streamed_weight(w[at], w[at + 1])
        else:
            reordered[at] = self.reordered_weight(w[at], w[at + 1])
    return reordered

def head_logits(self: __torch__.Kernels, h: Tensor, head: Tensor, unit: Tensor, order: List[Tensor]) -> Tensor:
    # h [n, hidden], the head's weight [vocab, hidden], reordered or in h's dtype, or streamed, with its unit and order, which else are
    # empty -> [n, vocab] fp32
    if len(order) > 0:
        return self.streamed_product(h.to(6), head, unit, order)
    if ops.prim.is_mkldnn(head):
        return self.reordered_product(h, head).to(6)
    return self.float_product(h, head).to(6)

def cached_block(self: __torch__.Kernels, x: Tensor, cos: Tensor, sin: Tensor, bias: Tensor, cache: Tensor, at: int, w: List[Tensor], lora: List[Tensor], units: List[Tensor], none: List[List[Tensor]], layer: int) -> Tensor:
    # many tokens a row: x [batch, seq, hidden] at columns at .. at+seq of the cache [batch, 2, kv, columns, head_dim] -> y
    batch = torch.size(x, 0)
    seq = torch.size(x, 1)
    hidden = torch.size(x, 2)
    x2 = torch.view(x, [-1, hidden])
    wi, li, ui = 22 * layer, 8 * layer, 4 * layer
    qkv = self.decode_linear(self.norm(x2, w[wi], w[wi + 1]), w, wi + 2, units[ui], self.int8_forward, lora[li], lora[li + 1], none[0])
    q, k, v = self.queries_keys_values(qkv, cos, sin, w[wi + 16], w[wi + 17], batch)
    cache[:, 0, :, at:at + seq] = torch.permute(k, [0, 2, 1, 3])
    cache[:, 1, :, at:at + seq] = torch.permute(v, [0, 2, 1, 3])
    o, p = self.attention(self.heads_first(q, self.kv_heads), cache[:, 0, :, :at + seq], cache[:, 1, :, :at + seq], bias)
    mixed = torch.reshape(self.seq_first(o, seq), [batch * seq, -1])
    return torch.view(self.behind_attention(x2, mixed, [w[wi + 8], w[wi + 9]], w, lora, units, none, layer), [batch, seq, hidden])

def behind_attention(self: __torch__.Kernels, x: Tensor, mixed: Tensor, norm2: List[Tensor], w: List[Tensor], lora: List[Tensor], units: List[Tensor], along: List[List[Tensor]], layer: int) -> Tensor:
    # rows x and what their heads mixed [n, hidden] -> the block's rows
    wi, li, ui = 22 * layer, 8 * layer, 4 * layer
    out = self.decode_linear(mixed, w, wi + 5, units[ui + 1], self.int8_forward, lora[li + 2], lora[li + 3], along[1])
    if self.parallel_residual:
        middle = x
    else:
        middle = torch.add(out, x)
    up = self.decode_linear(self.row_norm(middle, norm2), w, wi + 10, units[ui + 2], self.int8_forward, lora[li + 4], lora[li + 5], along[2])
    y = self.decode_linear(self.mlp_inner(up), w, wi + 13, units[ui + 3], self.int8_inner_forward, lora[li + 6], lora[li + 7], along[3])
    y = y.add_(middle)
    if self.parallel_residual:
        y = y.add_(out)
    return y

def row_norm(self: __torch__.Kernels, x: Tensor, weight: List[Tensor]) -> Tensor:
    # norm of rows x [n, hidden] where calls cost more than passes: x and -x have the mean 0, so their layer norm is the root-mean-square
    # norm. weight: the norm's weight and bias; for this the weight stands there twice, [2 * hidden]
    if self.layer_norm or torch.size(weight[0], 0) == torch.size(x, 1):
        return self.norm(x, weight[0], weight[1])
    both = torch.layer_norm(torch.cat([x, torch.neg(x)], 1), [2 * torch.size(x, 1)], weight[0], None, self.norm_eps)
    return torch.slice(both, 1, 0, torch.size(x, 1))

def next_turn(self: __torch__.Kernels, cos: Tensor, sin: Tensor, dtype: int) -> List[Tensor]:
    # cos, sin [batch, 1, rotary] -> the same for a token's queries, keys and values [batch, heads + 2 kv, head_dim] in dtype: queries are
    # scaled too, values stay as they are
    batch = torch.size(cos, 0)
    heads = self.heads + 2 * self.kv_heads
    rotary = torch.size(cos, 2)
    turn = torch.ones([batch, heads, self.head_dim], dtype=6, device=ops.prim.device(cos))
    swap = torch.zeros_like(turn)
    turning = self.heads + self.kv_heads
    turn[:, :turning, :rotary] = cos
    swap[:, :turning, :rotary] = sin
    turn[:, :self.heads].mul_(self.attention_scale)
    swap[:, :self.heads].mul_(self.attention_scale)
    return [turn.to(dtype), swap.to(dtype)]

def next_block(self: __torch__.Kernels, x: Tensor, turn: List[Tensor], rotary: int, bias: Tensor, cache: Tensor, at: int, norms: List[Tensor], w: List[Tensor], lora: List[Tensor], units: List[Tensor], along: List[List[Tensor]], layer: int) -> Tensor:
    # one token a row: x [batch, hidden] at column at of the cache -> y; as cached_block, in few calls
    batch = torch.size(x, 0)
    wi, li, ni = 22 * layer, 8 * layer, 4 * layer
    qkv = self.decode_linear(self.row_norm(x, norms[ni:ni + 2]), w, wi + 2, units[4 * layer], self.int8_forward, lora[li], lora[li + 1], along[0])
    heads = torch.view(qkv, [batch, -1, self.head_dim])
    if self.qk_norm:
        q = self.rms_norm(torch.slice(heads, 1, 0, self.heads), w[wi + 16])
        k = self.rms_norm(torch.slice(heads, 1, self.heads, self.heads + self.kv_heads), w[wi + 17])
        heads = torch.cat([q, k, torch.slice(heads, 1, self.heads + self.kv_heads)], 1)
    turned = torch.mul(heads, turn[0])
    if rotary > 0:
        half = rotary // 2
        parts = [torch.slice(heads, 2, half, rotary), torch.slice(heads, 2, 0, half)]
        if rotary < self.head_dim:
            parts.append(torch.slice(heads, 2, rotary))
        turned = turned.addcmul_(torch.cat(parts, 2), turn[1])
    fresh = torch.view(torch.slice(turned, 1, self.heads), [batch, 2, self.kv_heads, self.head_dim])
    torch.select(cache, 3, at).copy_(fresh)
    seen = torch.slice(cache, 3, 0, at + 1)
    q = torch.view(torch.slice(turned, 1, 0, self.heads), [batch, self.kv_heads, -1, self.head_dim]).to(cache.dtype)
    k, v = torch.select(seen, 1, 0), torch.select(seen, 1, 1)
    if x.is_cuda:
        o, p = self.attention(q, k, v, bias)
    else:
        mask = bias
        if torch.size(bias, 1) > 1:
            mask = torch.view(bias, [batch, self.kv_heads, -1, at + 1])
        o, p = torch._scaled_dot_product_flash_attention_for_cpu(q, k, v, 0., False, attn_mask=mask, scale=1.)
    mixed = torch.reshape(o, [batch, -1]).to(x.dtype)
    return self.behind_attention(x, mixed, norms[ni + 2:ni + 4], w, lora, units, along, layer)

def column_bias(self: __torch__.Kernels, allowed: Tensor, dtype: int) -> Tensor:
    # bool -> 0 or very negative
    return torch.mul(torch.sub(allowed.to(6), 1.), 1e30).to(dtype)

def generate(self: __torch__.Kernels, ids: Tensor, lengths: Tensor, uniforms: Tensor, options: Tensor, stops: Tensor, w: List[Tensor], lora: List[Tensor], outer: List[Tensor], tables: List[Tensor], window: int, kinds: List[int], reordering: int) -> Tuple[Tensor, Tensor, Tensor]:
    # ids [batch, prompt] left-padded, lengths [batch] real prompt tokens, uniforms [batch, steps], options: the five of sample.py and
    # greedy (0/1), pad id, minimum new tokens; stops [s] ids that end a row.
    # outer: token table, position table, embedding norm weight and bias, final norm weight and bias, head weight, head absmax.
    # window: how far the layers with an odd kind look back; layers of kind 2 and 3 do not rotate.
    # reordering: weights that are reordered for the time of this call, 0 none, 1 the head's, 2 that and those of all linears; with 3, for
    # one row, all are streamed, and what follows the prompt is computed in fp32
    # -> tokens [batch, steps] int64 (pad id behind the end), log-probability of each under the sampling distribution fp32, count [batch]
    dtype = self.compute_dtype()
    batch = torch.size(ids, 0)
    prompt = torch.size(ids, 1)
    steps = torch.size(uniforms, 1)
    layers = len(w) // 22
    total = prompt + steps
    greedy = float(torch.item(options[5])) > 0.
    pad = int(torch.item(options[6]))
    minimum = int(torch.item(options[7]))
    penalised = float(torch.item(options[4])) != 1.
    # of what follows the prompt: activations, and keys and values, which of a long text are read faster in bfloat16
    late, late_cache = dtype, dtype
    if reordering == 3:
        late = 6
        if total <= 1024:
            late_cache = 6
    # a prompt of one token goes the same way
    early, early_cache = dtype, dtype
    if prompt == 1:
        early, early_cache = late, late_cache
    tokens = torch.full([batch, steps], pad, dtype=4, device=ops.prim.device(ids))
    found = torch.zeros([batch, steps], dtype=6, device=ops.prim.device(ids))
    count = torch.zeros([batch], dtype=4, device=ops.prim.device(ids))
    finished = torch.zeros([batch], dtype=11, device=ops.prim.device(ids))
    padding = torch.unsqueeze(torch.sub(prompt, lengths), 1)
    columns = torch.unsqueeze(torch.arange(total, device=ops.prim.device(ids)), 0)
    real = torch.ge(columns, padding)
    positions = torch.clamp_min(torch.sub(columns, padding), 0)
    context = torch.where(real[:, :prompt], ids, torch.full_like(ids, -1))
    column = columns[:, :prompt]
    row = torch.t(column)
    causal = torch.le(column, row)
    itself = torch.eq(column, row)
    look = torch.logical_or(torch.logical_and(causal, torch.unsqueeze(real[:, :prompt], 1)), itself)
    bias = self.distance_bias(torch.unsqueeze(self.column_bias(look, early_cache), 1), tables[2], 0)
    narrow = bias
    if window > 0:
        near = torch.lt(torch.sub(row, column), window)
        narrow = torch.unsqueeze(self.column_bias(torch.logical_and(look, near), early_cache), 1)
    caches = [torch.empty([batch, 2, self.kv_heads, total, self.head_dim], dtype=early_cache, device=ops.prim.device(ids)) for i in range(layers)]
    linears = [22 * (i // 4) + [2, 5, 10, 13][i % 4] for i in range(4 * layers)]
    units = [self.output_unit(w[i], w[i + 1]) for i in linears]
    step_w = w
    step_lora = [factor.to(late) for factor in lora]
    head_order, head_unit = annotate(List[Tensor], []), torch.empty([0])
    if reordering == 3:
        step_w = self.reordered_linears(w, linears, True)
        along = [self.streamed_order(step_w[i], torch.size(w[i], 1)) for i in linears[:4]]
        if self.bf16:
            head = self.streamed_weight(outer[6], outer[7])
            head_unit = self.output_unit(outer[6], outer[7])
            head_order = self.streamed_order(head, torch.size(outer[6], 1))
        else:
            # a streamed weight in bfloat16 would round what it is multiplied by
            head = self.reordered_weight(outer[6], outer[7])
    else:
        if reordering == 2:
            w = self.reordered_linears(w, linears, False)
            step_w = w
        along = [[torch.ones([torch.size(w[i], 0)], dtype=15, device=ops.prim.device(ids))] for i in linears[:4]]
        if reordering > 0:
            head = self.reordered_weight(outer[6], outer[7])
        else:
            head = self.head_weight(outer[6:], dtype)
    none = [annotate(List[Tensor], []) for i in range(4)]
    norms = [w[22 * (i // 4) + [0, 1, 8, 9][i % 4]] for i in range(4 * layers)]
    if not self.layer_norm:
        norms = [torch.cat([norm, norm]) for norm in norms]
    x = self.embed(ids, positions[:, :prompt], outer[:4], early)
    at = 0
    step = 0
    while step < steps:
        seq = torch.size(x, 1)
        cos, sin = self.turn_tables(positions[:, at:at + seq], tables[:2])
        rotary = torch.size(cos, 2)
        turns = annotate(List[List[Tensor]], [])
        if seq == 1:
            turns = [self.next_turn(cos, sin, late)]
            if max(kinds) >= 2:
                turns.append(self.next_turn(cos[:, :, :0], sin[:, :, :0], late))
        for i in range(layers):
            reach = bias
            if kinds[i] % 2 == 1:
                reach = narrow
            turning = rotary
            if kinds[i] >= 2:
                turning = 0
            if seq == 1:
                y = self.next_block(torch.squeeze(x, 1), turns[kinds[i] // 2], turning, reach, caches[i], at, norms, step_w, step_lora, units, along, i)
                x = torch.unsqueeze(y, 1)
            else:
                x = self.cached_block(x, cos[:, :, :turning], sin[:, :, :turning], reach, caches[i], at, w, lora, units, none, i)
        at = at + seq
        h = self.norm(x[:, -1], outer[4], outer[5])
        logits = self.head_logits(h, head, head_unit, head_order)
        if step < minimum:
            logits.index_fill_(1, stops, -1e30)
        if greedy and not penalised:
            token = torch.argmax(logits, -1, True)
            p = torch.softmax(logits, -1)
        else:
            p = self.sampling_probabilities(logits, context, options)
            if greedy:
                token = torch.argmax(p, -1, True)
            else:
                token = self.pick(p, uniforms[:, step:step + 1])
        chosen = torch.squeeze(torch.log(torch.gather(p, 1, token)), 1)
        alive = torch.logical_not(finished)
        next = torch.where(alive, torch.squeeze(token, 1), torch.full_like(count, pad))
        tokens[:, step] = next
        found[:, step] = torch.where(alive, chosen, torch.zeros_like(chosen))
        count = torch.add(count, alive.to(4))
        if torch.numel(stops) > 0:
            finished = torch.logical_or(finished, torch.any(torch.eq(torch.unsqueeze(next, 1), stops), 1))
        step = step + 1
        if step < steps:
            if bool(torch.all(finished)):
                step = steps
            else:
                if penalised:
                    context = torch.cat([context, torch.unsqueeze(next, 1)], 1)
                if step == 1:
                    caches = [cache.to(late_cache) for cache in caches]
                ids1 = torch.unsqueeze(next, 1)
                x = self.embed(ids1, positions[:, at:at + 1], outer[:4], late)
                bias = torch.unsqueeze(torch.unsqueeze(self.column_bias(real[:, :at + 1], late_cache), 1), 1)
                bias = self.distance_bias(bias, tables[2], at)
                narrow = bias
                if window > 0:
                    near = torch.gt(columns[:, :at + 1], at - window)
                    seen = torch.logical_and(real[:, :at + 1], near)
                    narrow = torch.unsqueeze(torch.unsqueeze(self.column_bias(seen, late_cache), 1), 1)
    return (tokens, found, count)
