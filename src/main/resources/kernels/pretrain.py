# Training of all weights from scratch, for small models only: local autograd through the same block.

def pretrain_loss(self: __torch__.Kernels, ids: Tensor, positions: Tensor, documents: Tensor, index: Tensor, targets: Tensor, tables: List[Tensor], w: List[Tensor], outer: List[Tensor]) -> List[Tensor]:
    # ids, positions, documents [batch, seq]; index [n] into batch*seq of the positions that predict targets [n]; w: 18 a block; outer as in decode.py
    # -> mean negative log-likelihood [1], then the gradient of every non-empty tensor of w and outer, in order (empty where empty)
    leaves = annotate(List[Tensor], [])
    for t in w + outer:
        leaves.append(torch.detach(t).requires_grad_(torch.numel(t) > 0))
    layers = len(w) // 18
    none = torch.empty([0])
    factors = [none for i in range(8)]
    base = 18 * layers
    turn = self.turn_tables(positions, tables)
    bias = self.document_bias(documents, 0)
    x = self.embed(ids, positions, leaves[base:base + 4], 6)
    for i in range(layers):
        x = self.block_forward(x, turn[0], turn[1], bias, none, 0, 0, leaves[18 * i:18 * i + 18], factors)[0]
    h = self.final_norm(x, leaves[base + 4], leaves[base + 5])
    head = leaves[base + 6]
    if torch.numel(head) == 0:
        head = leaves[base]
    z = torch.mm(self.select_rows(h, index), torch.t(head))
    lp = torch.log_softmax(z, -1, 6)
    loss = torch.neg(torch.mean(torch.gather(lp, 1, torch.unsqueeze(targets, 1))))
    used = annotate(List[Tensor], [])
    for t in leaves:
        if torch.numel(t) > 0:
            used.append(t)
    found = torch.grad([loss], used, None, None, False, True)
    result = [torch.reshape(torch.detach(loss), [1])]
    at = 0
    for t in leaves:
        if torch.numel(t) > 0:
            g = found[at]
            at = at + 1
            if g is None:
                result.append(torch.zeros_like(t))
            else:
                result.append(g)
        else:
            result.append(none)
    return result
