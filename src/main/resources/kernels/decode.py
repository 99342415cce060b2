# A whole generation in one call: the prompts' forward fills the key-value cache, then one pass a token.
#
# Prompts are padded on the left, so that every row's next token has the same column. Per layer 18 weights and 8 LoRA tensors in a row,
# as in block.py. tables: cos and sin [context, rotary/2] by position, slopes of the heads [heads] (ALiBi) or empty.

def decode_linear(self: __torch__.Kernels, x: Tensor, w: List[Tensor], at: int, unit: Tensor, a: Tensor, b: Tensor, ones: Tensor) -> Tensor:
    # the linear whose weight, absmax and bias stand in w from `at` on. ones: empty, but where there is one token a row, so that weights are
    # read once for few rows
    if torch.numel(ones) > 0 and w[at].dtype == 1 and x.dtype == 15:
        y = self.int8_decode_product(x, w[at], unit, ones)
    else:
        y = self.frozen_product(x, w[at], w[at + 1])
    if torch.numel(w[at + 2]) > 0:
        y = y.add_(w[at + 2])
    if torch.numel(a) > 0:
        y = y.addmm_(torch.mm(x, torch.t(a)), torch.t(b))
    return y

def cached_block(self: __torch__.Kernels, x: Tensor, cos: Tensor, sin: Tensor, bias: Tensor, keys: Tensor, values: Tensor, at: int, w: List[Tensor], lora: List[Tensor], units: List[Tensor], ones: List[Tensor], layer: int) -> Tensor:
    # x [batch, seq, hidden] at columns at .. at+seq of the cache keys, values [batch, kv, columns, head_dim] -> y
    batch = torch.size(x, 0)
    seq = torch.size(x, 1)
    hidden = torch.size(x, 2)
    end = at + seq
    wi, li, ui = 18 * layer, 8 * layer, 4 * layer
    x2 = torch.view(x, [-1, hidden])
    qkv = self.decode_linear(self.norm(x2, w[wi], w[wi + 1]), w, wi + 2, units[ui], lora[li], lora[li + 1], ones[0])
    q, k, v = self.queries_keys_values(qkv, cos, sin, w[wi + 16], w[wi + 17], batch)
    keys[:, :, at:end] = torch.permute(k, [0, 2, 1, 3])
    values[:, :, at:end] = torch.permute(v, [0, 2, 1, 3])
    o, p = self.attention(self.heads_first(q, self.kv_heads), keys[:, :, :end], values[:, :, :end], bias)
    mixed = torch.reshape(self.seq_first(o, seq), [batch * seq, -1])
    out = self.decode_linear(mixed, w, wi + 5, units[ui + 1], lora[li + 2], lora[li + 3], ones[1])
    if self.parallel_residual:
        middle = x2
    else:
        middle = torch.add(out, x2)
    up = self.decode_linear(self.norm(middle, w[wi + 8], w[wi + 9]), w, wi + 10, units[ui + 2], lora[li + 4], lora[li + 5], ones[2])
    y = self.decode_linear(self.mlp_inner(up), w, wi + 13, units[ui + 3], lora[li + 6], lora[li + 7], ones[3])
    y = y.add_(middle)
    if self.parallel_residual:
        y = y.add_(out)
    return torch.view(y, [batch, seq, hidden])

def column_bias(self: __torch__.Kernels, allowed: Tensor, dtype: int) -> Tensor:
    # bool -> 0 or very negative
    return torch.mul(torch.sub(allowed.to(6), 1.), 1e30).to(dtype)

def generate(self: __torch__.Kernels, ids: Tensor, lengths: Tensor, uniforms: Tensor, options: Tensor, stops: Tensor, w: List[Tensor], lora: List[Tensor], outer: List[Tensor], tables: List[Tensor], window: int, kinds: List[int]) -> Tuple[Tensor, Tensor, Tensor]:
    # ids [batch, prompt] left-padded, lengths [batch] real prompt tokens, uniforms [batch, steps], options: the five of sample.py and
    # greedy (0/1), pad id, minimum new tokens; stops [s] ids that end a row.
    # outer: token table, position table, embedding norm weight and bias, final norm weight and bias, head weight, head absmax.
    # window: how far the layers with an odd kind look back; layers of kind 2 and 3 do not rotate.
    # -> tokens [batch, steps] int64 (pad id behind the end), log-probability of each under the sampling distribution fp32, count [batch]
    dtype = self.compute_dtype()
    batch = torch.size(ids, 0)
    prompt = torch.size(ids, 1)
    steps = torch.size(uniforms, 1)
    layers = len(w) // 18
    total = prompt + steps
    greedy = float(torch.item(options[5])) > 0.
    pad = int(torch.item(options[6]))
    minimum = int(torch.item(options[7]))
    penalised = float(torch.item(options[4])) != 1.
    tokens = torch.full([batch, steps], pad, dtype=4)
    found = torch.zeros([batch, steps], dtype=6)
    count = torch.zeros([batch], dtype=4)
    finished = torch.zeros([batch], dtype=11)
    padding = torch.unsqueeze(torch.sub(prompt, lengths), 1)
    columns = torch.unsqueeze(torch.arange(total), 0)
    real = torch.ge(columns, padding)
    positions = torch.clamp_min(torch.sub(columns, padding), 0)
    context = torch.where(real[:, :prompt], ids, torch.full_like(ids, -1))
    row = torch.unsqueeze(torch.arange(prompt), 1)
    causal = torch.le(torch.unsqueeze(torch.arange(prompt), 0), row)
    itself = torch.eq(torch.unsqueeze(torch.arange(prompt), 0), row)
    look = torch.logical_or(torch.logical_and(causal, torch.unsqueeze(real[:, :prompt], 1)), itself)
    bias = self.distance_bias(torch.unsqueeze(self.column_bias(look, dtype), 1), tables[2], 0)
    narrow = bias
    if window > 0:
        near = torch.lt(torch.sub(row, torch.unsqueeze(torch.arange(prompt), 0)), window)
        narrow = torch.unsqueeze(self.column_bias(torch.logical_and(look, near), dtype), 1)
    keys = [torch.empty([batch, self.kv_heads, total, self.head_dim], dtype=dtype) for i in range(layers)]
    values = [torch.empty([batch, self.kv_heads, total, self.head_dim], dtype=dtype) for i in range(layers)]
    wt = torch.t(self.head_weight(outer[6:], dtype))
    units = [torch.mul(w[18 * (i // 4) + [3, 6, 11, 14][i % 4]], 1. / 127.) for i in range(4 * layers)]
    many = [torch.empty([0]) for i in range(4)]
    single = [torch.ones([torch.size(w[i], 0)], dtype=15) for i in [2, 5, 10, 13]]
    x = self.embed(ids, positions[:, :prompt], outer[:4], dtype)
    at = 0
    step = 0
    while step < steps:
        seq = torch.size(x, 1)
        ones = many
        if seq == 1:
            ones = single
        turn = self.turn_tables(positions[:, at:at + seq], tables[:2])
        cos = turn[0]
        sin = turn[1]
        for i in range(layers):
            reach = bias
            if kinds[i] % 2 == 1:
                reach = narrow
            if kinds[i] >= 2:
                x = self.cached_block(x, cos[:, :, :0], sin[:, :, :0], reach, keys[i], values[i], at, w, lora, units, ones, i)
            else:
                x = self.cached_block(x, cos, sin, reach, keys[i], values[i], at, w, lora, units, ones, i)
        at = at + seq
        h = self.norm(x[:, -1], outer[4], outer[5])
        logits = torch.mm(h, wt).to(6)
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
                ids1 = torch.unsqueeze(next, 1)
                x = self.embed(ids1, positions[:, at:at + 1], outer[:4], dtype)
                bias = torch.unsqueeze(torch.unsqueeze(self.column_bias(real[:, :at + 1], dtype), 1), 1)
                bias = self.distance_bias(bias, tables[2], at)
                narrow = bias
                if window > 0:
                    near = torch.gt(columns[:, :at + 1], at - window)
                    seen = torch.logical_and(real[:, :at + 1], near)
                    narrow = torch.unsqueeze(torch.unsqueeze(self.column_bias(seen, dtype), 1), 1)
    return (tokens, found, count)
