"""python make_case.py --model HF --out DIR : what transformers and PEFT compute with a checkpoint, as golden cases.

HF is a folder with a published checkpoint (or a hub id that is cached). `trefoil verify DIR` prepares the same checkpoint in fp32 and
compares. One folder of DIR for each --kind:

  forward   hidden states and logits of rows padded on either side; greedy generation with a cache
  loss      completion-only loss; documents packed into one row
  lora      a random adapter on all linears: logits with it, without it and merged; loss; gradient of every adapter tensor

Computed in fp32, whatever the checkpoint is stored in, so 4 bytes of memory a weight are needed (lora: some more).
"""
import argparse
import os
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")
import torch
from peft import LoraConfig, get_peft_model

from check_adapter import compare_adapter, folder_of
from oracle_gen.case_arch import greedy
from oracle_gen.case_lora import lm_loss, randomise_lora, save_adapter
from oracle_gen.common import FP32_DEEP, f, fresh, rng, write_case
from oracle_gen.models import forward, ids_and_mask, load, positions

EAGER = "transformers eager attention in fp32"


def forward_case(source, out, args):
    model, g, t, lengths = load(source), rng(args.seed), {}, args.lengths
    vocab = model.config.vocab_size
    with torch.no_grad():
        for side in ("right", "left"):
            ids, mask = ids_and_mask(g, vocab, lengths, max(lengths), side, 0)
            got = forward(model, ids, mask, output_hidden_states=True)
            t |= {f"in.{side}.input_ids": ids, f"in.{side}.attention_mask": mask,
                  f"in.{side}.position_ids": positions(mask), f"{side}.logits": got.logits}
            t |= {f"{side}.hidden_states.{i}": h for i, h in enumerate(got.hidden_states)}
        prompts = [max(1, n // 2) for n in lengths]
        ids, mask = ids_and_mask(g, vocab, prompts, max(prompts), "left", 0)
        sequences, scores = greedy(model, ids, mask, args.new)
        t |= {"in.generate.input_ids": ids, "in.generate.attention_mask": mask, "generate.sequences": sequences,
              "generate.scores": scores}
    top = scores.topk(2, -1).values
    gap = f((top[..., 0] - top[..., 1]).min())
    if gap < 1e-3:
        print(f"note: two tokens were within {gap:.1e} of each other somewhere; generation may part there: try another --seed")
    write_case(fresh(out), f"{source.name}: forward pass and greedy generation", t,
               config={"base": str(source), "pad_token_id": 0, "max_new_tokens": args.new},
               scalars={"generate.smallest_top2_gap": gap}, tolerance=FP32_DEEP, follows=EAGER)


def loss_case(source, out, args):
    model, g, lengths = load(source), rng(args.seed + 1), args.lengths
    vocab = model.config.vocab_size
    ids, mask = ids_and_mask(g, vocab, lengths, max(lengths), "right", 0)
    labels = ids.masked_fill(mask == 0, -100)
    for row, n in enumerate(lengths):
        labels[row, :n // 3] = -100
    pieces = [torch.randint(4, vocab, (1, max(2, n // 2)), generator=g) for n in lengths]
    starts = torch.cat([torch.arange(p.shape[1]) for p in pieces])[None]
    packed = torch.cat(pieces, 1)
    packed_labels = packed.masked_fill(starts == 0, -100)
    with torch.no_grad():
        logits = forward(model, ids, mask).logits
        # document by document: what packing must give, and not every model can be told of documents
        packed_logits = torch.cat([forward(model, p, torch.ones_like(p)).logits for p in pieces], 1)
    t = {"in.completion.input_ids": ids, "in.completion.attention_mask": mask, "in.completion.labels": labels,
         "completion.logits": logits, "completion.token_nll": lm_loss(logits, labels, "none").view(len(ids), -1),
         "in.packed.input_ids": packed, "in.packed.position_ids": starts, "in.packed.labels": packed_labels,
         "in.packed.document": torch.cat([torch.full((p.shape[1],), i) for i, p in enumerate(pieces)])[None],
         "packed.logits": packed_logits, "packed.token_nll": lm_loss(packed_logits, packed_labels, "none").view(1, -1)}
    scalars = {}
    for part, of, want in (("completion", logits, labels), ("packed", packed_logits, packed_labels)):
        scalars |= {part + ".loss": f(lm_loss(of, want)), part + ".tokens": int((want[:, 1:] != -100).sum())}
    write_case(fresh(out), f"{source.name}: loss of completions, and of packed documents", t, config={"base": str(source)},
               scalars=scalars, tolerance=FP32_DEEP, follows=EAGER)


def lora_case(source, out, args):
    model = load(source)
    config = LoraConfig(r=4, lora_alpha=8, target_modules="all-linear", lora_dropout=0.0, task_type="CAUSAL_LM",
                        fan_in_fan_out=model.config.model_type == "gpt2")
    model = get_peft_model(model, config)
    randomise_lora(model, args.seed + 2, spread=0.02)
    save_adapter(model, fresh(out) / "adapter", str(source))
    del model
    compare_adapter(source, out / "adapter", out, args.lengths, args.seed + 3, gradients=True, merged=True)


KINDS = {"forward": forward_case, "loss": loss_case, "lora": lora_case}


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--model", required=True)
    p.add_argument("--out", required=True, type=Path, help="folder of cases; a case that is there already is replaced")
    p.add_argument("--kind", action="append", choices=list(KINDS), help="may be repeated; all of them if absent")
    p.add_argument("--lengths", default="24,15", type=lambda s: [int(n) for n in s.split(",")],
                   help="tokens of each row (24,15); prompts have half of them")
    p.add_argument("--new", type=int, default=12, help="tokens to generate (12)")
    p.add_argument("--seed", type=int, default=1, help="of the random tokens (1)")
    args = p.parse_args()

    source = folder_of(args.model)
    for kind in args.kind or KINDS:
        out = args.out / kind
        if out.exists() and not (out / "case.json").exists():
            p.error(f"{out}: exists and is no case; choose another --out")
        KINDS[kind](source, out, args)
        print(f"{out}: made")
    print(f"compare with: trefoil verify {args.out}")


if __name__ == "__main__":
    main()
