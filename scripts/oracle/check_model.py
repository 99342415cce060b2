"""python check_model.py --model HF --case OUT : what transformers computes with a checkpoint, as a golden case.

`trefoil verify OUT` prepares the same checkpoint in fp32 and compares hidden states, logits of rows padded on either side, and
greedy generation. For a checkpoint that Trefoil has not met before.
"""
import argparse
import os
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")
import torch

from check_adapter import folder_of
from oracle_gen.case_arch import greedy
from oracle_gen.common import FP32_DEEP, f, fresh, rng, write_case
from oracle_gen.models import forward, ids_and_mask, load, positions


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--model", required=True)
    p.add_argument("--case", required=True, type=Path, help="folder to make; one that exists is replaced")
    p.add_argument("--lengths", default="24,15", help="tokens of each row; prompts have half of them")
    p.add_argument("--new", type=int, default=12, help="tokens to generate")
    p.add_argument("--seed", type=int, default=1, help="of the random tokens")
    args = p.parse_args()

    if args.case.exists() and not (args.case / "case.json").exists():
        p.error(f"{args.case}: exists and is no case; choose another folder")
    source, lengths = folder_of(args.model), [int(n) for n in args.lengths.split(",")]
    model, g, t = load(source), rng(args.seed), {}
    vocab = model.config.vocab_size
    with torch.no_grad():
        for side in ("right", "left"):
            ids, mask = ids_and_mask(g, vocab, lengths, max(lengths), side, 0)
            out = forward(model, ids, mask, output_hidden_states=True)
            t |= {f"in.{side}.input_ids": ids, f"in.{side}.attention_mask": mask,
                  f"in.{side}.position_ids": positions(mask), f"{side}.logits": out.logits}
            t |= {f"{side}.hidden_states.{i}": h for i, h in enumerate(out.hidden_states)}
        prompts = [max(1, n // 2) for n in lengths]
        ids, mask = ids_and_mask(g, vocab, prompts, max(prompts), "left", 0)
        sequences, scores = greedy(model, ids, mask, args.new)
        t |= {"in.generate.input_ids": ids, "in.generate.attention_mask": mask, "generate.sequences": sequences,
              "generate.scores": scores}
    top = scores.topk(2, -1).values
    gap = f((top[..., 0] - top[..., 1]).min())
    if gap < 1e-3:
        print(f"note: two tokens were within {gap:.1e} of each other somewhere; generation may part there: try another --seed")
    write_case(fresh(args.case), f"{source.name}: forward pass and greedy generation", t,
               config={"base": str(source), "pad_token_id": 0, "max_new_tokens": args.new},
               scalars={"generate.smallest_top2_gap": gap}, tolerance=FP32_DEEP, follows="transformers eager attention in fp32")
    print(f"{args.case}: made; compare with: trefoil verify {args.case}")


if __name__ == "__main__":
    main()
