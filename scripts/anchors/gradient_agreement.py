"""How far transformers' own number formats turn the gradient of an adapter from float32's: what Trefoil's figures stand beside."""

import argparse

import torch
from peft import get_peft_model
from transformers import AutoModelForCausalLM

import models


def gradient(options, dtype, texts, rounded):
    """Of all matrices of the adapter, one behind the other, in float64; rounded: the frozen weights are what row-wise int8 leaves of them."""
    options.dtype = dtype
    model = models.load(AutoModelForCausalLM, options)
    if rounded:
        round_to_int8(model)
    lora = {"r": options.r, "alpha": 2. * options.r, "dropout": 0., "target_modules": "all-linear"}
    model = get_peft_model(model, models.lora(lora, model, "CAUSAL_LM"))
    draw = torch.Generator().manual_seed(options.seed)
    parts = []
    for name, weight in sorted(model.named_parameters()):
        if "lora_" in name:
            # A as PEFT draws it, B as far from zero as training brings it, the same in every format
            spread = options.deviation if "lora_B" in name else 1. / (3. * weight.shape[1]) ** .5
            weight.data.copy_(torch.randn(weight.shape, generator=draw) * spread)
            parts.append(weight)
    loss = model(input_ids=texts, labels=texts).loss
    loss.backward()
    return loss.item(), torch.cat([weight.grad.double().flatten() for weight in parts])


def round_to_int8(model):
    for name, module in model.named_modules():
        if isinstance(module, torch.nn.Linear) and "lm_head" not in name:
            weight = module.weight.data
            step = weight.abs().amax(1, keepdim=True) / 127.
            weight.copy_(torch.round(weight / step) * step)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True, help="folder of a published checkpoint")
    parser.add_argument("--texts", required=True, help="JSON Lines with `text`")
    parser.add_argument("--rows", type=int, default=4)
    parser.add_argument("--length", type=int, default=512)
    parser.add_argument("--batches", type=int, default=1, help="so many, of texts one behind the other")
    parser.add_argument("--r", type=int, default=16)
    parser.add_argument("--deviation", type=float, default=.01, help="of the entries of B")
    parser.add_argument("--dtypes", default="bf16,int8")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rows = torch.tensor(models.rows(models.tokenizer(options), options, options.batches * options.rows, options.length))
    for batch in range(options.batches):
        texts = rows[batch * options.rows:(batch + 1) * options.rows]
        for dtype in options.dtypes.split(","):
            exact_loss, exact = gradient(options, "fp32", texts, dtype == "int8")
            loss, fast = gradient(options, dtype, texts, False)
            cosine = (exact @ fast / (exact.norm() * fast.norm())).item()
            print(f"batch {batch + 1}, {dtype}: cosine {cosine:.6f} over {exact.numel():,} weights; loss {loss:.5f}, {exact_loss:.5f} in float32", flush=True)


if __name__ == "__main__":
    main()
