# The outer parts of training from scratch; the blocks' weight gradients come from block_vjp.

def final_norm_gradients(self: __torch__.Kernels, x: Tensor, g: Tensor, bias: Tensor) -> Tuple[Tensor, Tensor]:
    # x, g [batch, seq, hidden] -> gradients [hidden] of weight and bias (empty where none)
    hidden = torch.size(x, -1)
    rows = torch.view(g, [-1, hidden])
    return (self.norm_weight_gradient(torch.view(x, [-1, hidden]), rows), self.bias_gradient(bias, rows))

def table_gradient(self: __torch__.Kernels, g: Tensor, ids: Tensor, table: Tensor) -> Tensor:
    # g [batch, seq, hidden], ids [batch, seq] -> gradient of the table [entries, hidden] of tokens, or of positions
    d = torch.zeros_like(table)
    return d.index_add_(0, torch.reshape(ids, [-1]), torch.view(g, [-1, torch.size(g, -1)]))
