"""python check_adapter.py --model HF --adapter DIR --case OUT : what Hugging Face PEFT computes with an adapter, as a golden case.

HF is a folder with a published checkpoint (or a hub id that is cached), DIR an adapter folder, written by Trefoil or by PEFT.
`trefoil verify OUT` then reads the same two folders and compares: logits with the adapter and without it, the loss and, with
--gradients, the gradient of every adapter tensor. Computed in fp32, whatever the checkpoint is stored in.
"""
import argparse
import json
import os
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")
import torch
from peft import PeftModel
from transformers.utils.hub import cached_file

from oracle_gen.case_lora import key, lm_loss
from oracle_gen.common import FP32_DEEP, f, fresh, rng, write_case
from oracle_gen.models import forward, ids_and_mask, load


def folder_of(model):
    """The checkpoint's folder on disk."""
    return Path(model).resolve() if Path(model).is_dir() else Path(cached_file(model, "config.json")).parent


def compare_adapter(source, adapter, case, lengths, seed, gradients=False, merged=False):
    """Writes the case into `case`, a folder that is there."""
    model = PeftModel.from_pretrained(load(source), adapter, is_trainable=gradients).eval()
    ids, mask = ids_and_mask(rng(seed), model.config.vocab_size, lengths, max(lengths), "right", 0)
    labels = ids.masked_fill(mask == 0, -100)
    with torch.set_grad_enabled(gradients):
        logits = forward(model, ids, mask).logits
        loss = lm_loss(logits, labels)
    tensors = {"in.input_ids": ids, "in.attention_mask": mask, "in.labels": labels, "logits": logits}
    if gradients:
        loss.backward()
        tensors |= {"grad." + key(n): q.grad for n, q in model.named_parameters() if q.requires_grad}
    with torch.no_grad(), model.disable_adapter():
        tensors["logits_disabled"] = forward(model, ids, mask).logits
    if torch.equal(tensors["logits_disabled"], logits):
        print("note: the adapter changes nothing (its B is zero)")
    if merged:
        with torch.no_grad():
            tensors["logits_merged"] = forward(model.merge_and_unload(), ids, mask).logits
    write_case(case, f"Adapter {Path(adapter).name} on {source.name}, as PEFT computes it", tensors,
               config={"base": str(source), "adapter": str(Path(adapter).resolve())},
               scalars={"loss": f(loss.detach()), "label_tokens": int((labels[:, 1:] != -100).sum())},
               tolerance=FP32_DEEP | {"grad.*": {"rtol": 1e-3, "atol": "1e-4 * max|grad|"}},
               follows="peft PeftModel.from_pretrained")


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--model", required=True)
    p.add_argument("--adapter", required=True, type=Path)
    p.add_argument("--case", required=True, type=Path, help="folder to make; one that exists is replaced")
    p.add_argument("--lengths", default="24,15", help="tokens of each row")
    p.add_argument("--seed", type=int, default=1, help="of the random tokens")
    p.add_argument("--gradients", action="store_true", help="the gradients of the adapter too")
    p.add_argument("--merged", action="store_true", help="the logits of the checkpoint with the adapter merged, too")
    args = p.parse_args()

    settings = json.loads((args.adapter / "adapter_config.json").read_text())
    if settings["task_type"] != "CAUSAL_LM":
        p.error(f"{args.adapter}: task_type is {settings['task_type']}; only adapters of causal language models are compared")
    if args.case.exists() and not (args.case / "case.json").exists():
        p.error(f"{args.case}: exists and is no case; choose another folder")
    lengths = [int(n) for n in args.lengths.split(",")]
    compare_adapter(folder_of(args.model), args.adapter, fresh(args.case), lengths, args.seed, args.gradients, args.merged)
    print(f"{args.case}: made; compare with: trefoil verify {args.case}")


if __name__ == "__main__":
    main()
