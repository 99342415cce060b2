# The outer parts of training from scratch; the blocks' weight gradients come from block_vjp.

def final_norm_weight_gradient(self: __torch__.Kernels, x: Tensor, g: Tensor) -> Tensor:
    hidden = torch.size(x, -1)
    return self.norm_weight_gradient(torch.view(x, [-1, hidden]), torch.view(g, [-1, hidden]))

def table_gradient(self: __torch__.Kernels, g: Tensor, ids: Tensor, table: Tensor) -> Tensor:
    # g [batch, seq, hidden], ids [batch, seq] -> gradient of the token table [vocab, hidden]
    d = torch.zeros_like(table)
    return d.index_add_(0, torch.reshape(ids, [-1]), torch.view(g, [-1, torch.size(g, -1)]))
