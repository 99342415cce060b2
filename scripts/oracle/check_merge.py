"""python check_merge.py --model HF --adapter DIR --merged DIR : transformers on a merged folder beside PEFT on model and adapter.

DIR is what `trefoil merge --base-source HF --adapter DIR --out MERGED` was given and made; repeat --adapter as it was repeated there.
Both compute in fp32. The merged weights were rounded to the number format of HF, so the logits differ by about that much: the
comparison fails beyond --tolerance of the largest logit. A sequence classifier is loaded with AutoModelForSequenceClassification
and its scores are compared; its merged score head must be the adapter's.
"""
import argparse
import json
import os
import sys
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")
import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification

from oracle_gen.common import rng
from oracle_gen.models import ids_and_mask

TOLERANCES = {torch.float32: 1e-5, torch.float16: 2e-3, torch.bfloat16: 2e-2}


def compare_merged(model, adapters, merged, lengths=(24, 15), seed=1, tolerance=None):
    """What is compared, the largest gap, the largest expected number, and the gap that is allowed; exits when weights are missing."""
    settings = json.loads((adapters[-1] / "adapter_config.json").read_text())
    classifier = settings["task_type"] == "SEQ_CLS"
    auto = AutoModelForSequenceClassification if classifier else AutoModelForCausalLM
    stored = AutoModelForCausalLM.from_pretrained(model, dtype="auto").dtype
    options = {"dtype": torch.float32, "attn_implementation": "eager"}
    whole, loading = auto.from_pretrained(merged, output_loading_info=True, **options)
    if any(loading[kind] for kind in ("missing_keys", "unexpected_keys", "mismatched_keys")):
        sys.exit(f"{merged}: transformers does not find its weights: {loading}")
    base = auto.from_pretrained(model, **({"num_labels": whole.config.num_labels} if classifier else {}), **options)
    base.config.pad_token_id = whole.config.pad_token_id
    with_adapters = PeftModel.from_pretrained(base, adapters[0], adapter_name="0")
    for i, folder in enumerate(adapters[1:], 1):
        with_adapters.load_adapter(folder, adapter_name=str(i))
    with_adapters.base_model.set_adapter([str(i) for i in range(len(adapters))])
    with_adapters.eval(), whole.eval()

    pad = whole.config.pad_token_id if whole.config.pad_token_id is not None else 0
    ids, mask = ids_and_mask(rng(seed), whole.config.vocab_size, lengths, max(lengths), "right", pad)
    with torch.no_grad():
        wanted, found = (m(input_ids=ids, attention_mask=mask).logits for m in (with_adapters, whole))
    if not classifier:
        wanted, found = wanted[mask == 1], found[mask == 1]
    scale = float(wanted.abs().max())
    allowed = (tolerance or TOLERANCES[stored]) * max(1, scale)
    what = f"{'scores' if classifier else 'logits'}, weights stored as {stored}"
    return what, float((wanted - found).abs().max()), scale, allowed


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--model", required=True)
    p.add_argument("--adapter", required=True, action="append", type=Path)
    p.add_argument("--merged", required=True)
    p.add_argument("--lengths", default="24,15", help="tokens of each row")
    p.add_argument("--tolerance", type=float, help="of the largest logit; by the number format unless given")
    p.add_argument("--seed", type=int, default=1, help="of the random tokens")
    args = p.parse_args()

    lengths = [int(n) for n in args.lengths.split(",")]
    what, gap, scale, allowed = compare_merged(args.model, args.adapter, args.merged, lengths, args.seed, args.tolerance)
    print(f"{what}: largest gap {gap:.3g} of values up to {scale:.3g}, allowed {allowed:.3g}")
    sys.exit(0 if gap <= allowed else 1)


if __name__ == "__main__":
    main()
