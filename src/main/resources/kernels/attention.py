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

def attention_back(self: __torch__.Kernels, q: Tensor, k: Tensor, v: Tensor, p: Tensor, g: Tensor) -> Tuple[Tensor, Tensor, Tensor]:
    dv = torch.matmul(torch.transpose(p, 2, 3), g)
    dp = torch.matmul(g, torch.transpose(v, 2, 3))
    ds = torch._softmax_backward_data(dp, p, -1, p.dtype)
    dq = torch.matmul(ds, k)
    dk = torch.matmul(torch.transpose(ds, 2, 3), q)
    return (dq, dk, dv)

def distance_bias(self: __torch__.Kernels, bias: Tensor, slopes: Tensor, first: int) -> Tensor:
    # ALiBi (Press et al. 2021): bias [batch, 1, seq, keys] falls with the distance of a key, by each head's slope. Query 0 stands at
    # column `first`; columns count, since a document's tokens stand together and softmax forgets what all keys share.
    if torch.numel(slopes) == 0:
        return bias
    query = torch.add(torch.unsqueeze(torch.arange(torch.size(bias, 2)), 1), first)
    key = torch.unsqueeze(torch.arange(torch.size(bias, 3)), 0)
    distance = torch.clamp_max(torch.sub(key, query), 0).to(6)
    return torch.add(bias, torch.mul(torch.view(slopes, [1, -1, 1, 1]), distance).to(bias.dtype))
