# From logits to a token. The order of the filters is the one of transformers: repetition penalty, temperature, top-k, top-p, min-p.

def sampling_probabilities(self: __torch__.Kernels, logits: Tensor, context: Tensor, options: Tensor) -> Tensor:
    # logits [rows, vocab] fp32, context [rows, seen] int64 (negative = no token), options fp32:
    #   temperature, top_k (0 off), top_p (1 off), min_p (0 off), repetition penalty (1 off) -> probabilities [rows, vocab]
    temperature = float(torch.item(options[0]))
    top_k = int(torch.item(options[1]))
    top_p = float(torch.item(options[2]))
    min_p = float(torch.item(options[3]))
    penalty = float(torch.item(options[4]))
    z = logits
    if penalty != 1.:
        seen = torch.zeros([torch.size(z, 0), torch.size(z, 1) + 1], dtype=6, device=ops.prim.device(z))
        last = torch.size(z, 1)
        index = torch.where(torch.lt(context, 0), torch.full_like(context, last), context)
        seen.scatter_(1, index, 1.)
        punished = torch.where(torch.lt(z, 0), torch.mul(z, penalty), torch.div(z, penalty))
        z = torch.where(torch.gt(seen[:, :last], 0), punished, z)
    if temperature != 1.:
        z = torch.div(z, temperature)
    if top_k > 0 and top_k < torch.size(z, 1):
        best, where = torch.topk(z, top_k)
        z = torch.masked_fill(z, torch.lt(z, best[:, top_k - 1:top_k]), -1e30)
    if top_p < 1.:
        ordered, order = torch.sort(z, -1, False)
        mass = torch.cumsum(torch.softmax(ordered, -1), -1)
        remove = torch.le(mass, 1. - top_p)
        remove[:, -1:] = False
        z = torch.masked_fill(z, torch.scatter(remove, 1, order, remove), -1e30)
    if min_p > 0.:
        p = torch.softmax(z, -1)
        z = torch.masked_fill(z, torch.lt(p, torch.mul(torch.amax(p, [-1], True), min_p)), -1e30)
    return torch.softmax(z, -1)

def pick(self: __torch__.Kernels, probabilities: Tensor, uniform: Tensor) -> Tensor:
    # inverse distribution function: the first token whose cumulated probability exceeds uniform [rows, 1] in [0, 1)
    mass = torch.cumsum(probabilities, -1)
    total = mass[:, -1:]
    index = torch.searchsorted(mass, torch.mul(uniform, total), right=True)
    return torch.clamp_max(index, torch.size(probabilities, 1) - 1)
