"""python pretrain_gradients.py OUT.safetensors : the loss of a tiny GPT-2 and torch's gradient of it with respect to every weight.

weight.NAME and gradient.NAME under the published names of transformers' GPT2LMHeadModel, all float32; input_ids [rows, tokens]; loss.
Training from scratch is compared with src/test/resources/pretrain/gpt2.safetensors.
"""
import sys

import torch
from safetensors.torch import save_file
from transformers import GPT2Config, GPT2LMHeadModel

from oracle_gen.models import randomise


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    model = GPT2LMHeadModel(GPT2Config(
        vocab_size=13, n_positions=9, n_embd=8, n_layer=2, n_head=2, n_inner=24, activation_function="gelu_new",
        attn_pdrop=0, embd_pdrop=0, resid_pdrop=0, bos_token_id=0, eos_token_id=0, attn_implementation="eager")).float()
    randomise(model, 5)
    ids = torch.randint(0, 13, (3, 9), generator=torch.Generator().manual_seed(6))
    loss = model(input_ids=ids, labels=ids, use_cache=False).loss
    loss.backward()
    out = {"input_ids": ids, "loss": loss.detach().reshape(1)}
    for name, p in model.named_parameters():
        out |= {"weight." + name: p.detach().clone(), "gradient." + name: p.grad.clone()}
    save_file(out, sys.argv[1])


if __name__ == "__main__":
    main()
