"""python check_round_trip.py --out DIR [--family gpt2 ...] : adapters in both directions, family by family.

For each family a tiny random model of transformers goes through `trefoil prepare`, five steps of `trefoil sft`, and PEFT, which loads the
adapter that came out: its logits, gradients and merged weights become a case that `trefoil verify` must pass. Then PEFT trains five
steps, and the same is asked of its adapter. At last `trefoil combine` and PEFT's add_weighted_adapter make one adapter of both, by cat,
linear and svd, which must be equal. Ends with 1 if anything differs.
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")
import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file

from check_adapter import compare_adapter
from oracle_gen.case_lora import LINEARS, lm_loss, save_adapter
from oracle_gen.common import fresh, rng
from oracle_gen.models import build, forward, ids_and_mask, load, save

HERE = Path(__file__).resolve().parent
GOLDEN = HERE.parent.parent / "src/test/resources/golden"
WORDS = "the film was a slow and quiet story of two friends who never leave the house by the sea".split()


def trefoil(*arguments):
    done = subprocess.run([str(HERE.parent / "trefoil"), *map(str, arguments)], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"trefoil {arguments[0]} ended with {done.returncode}: {(done.stdout + done.stderr)[-1500:]}")


def tiny(family, spec, folder):
    """A model of the specification's shape with a vocabulary for the golden tokenizer."""
    tokenizer = GOLDEN / "tokenizer_bytelevel/tokenizer"
    size = max(json.loads((tokenizer / "tokenizer.json").read_text())["model"]["vocab"].values()) + 1
    args = next(a for a in spec.values() if a["make"] == "arch" and a["arch"] == family)
    save(build(family, args["model"] | {"vocab_size": size + 3}, args["seed"] + 5000), folder, family)
    for file in tokenizer.iterdir():
        shutil.copy(file, folder / file.name)


def sft(work):
    """Five steps on made-up sentences; all linears, a rank that differs, rsLoRA."""
    g = rng(9)
    with open(work / "texts.jsonl", "w") as out:
        for _ in range(40):
            words = [WORDS[i] for i in torch.randint(0, len(WORDS), (14,), generator=g)]
            out.write(json.dumps({"text": " ".join(words)}) + "\n")
    (work / "sft.yaml").write_text(json.dumps({
        "engine": {"compute": "fp32", "int8_forward": False, "int8_backward": False},
        "data": {"path": str(work / "texts.jsonl")}, "packing": {"length": 24}, "eval": {"samples": 0},
        "lora": {"r": 4, "alpha": 8, "dropout": 0, "target_modules": "all-linear", "use_rslora": True},
        "optim": {"learning_rate": 0.01}, "train": {"max_steps": 5, "batch_size": 2}}))
    trefoil("prepare", work / "model", "--out", work / "base", "--precision", "fp32")
    trefoil("sft", work / "sft.yaml", "--base", work / "base", "--out", work / "run")
    return next(work.glob("run/**/adapter_config.json")).parent


def peft(work, family):
    """Five steps of AdamW in PEFT; default targets but for a second linear with its own rank and alpha."""
    targets = {"gpt_neox": ["query_key_value", "dense"], "bloom": ["query_key_value", "dense"], "gpt2": ["c_attn", "c_proj"]}
    names = targets.get(family, ["q_proj", "v_proj"])
    model = get_peft_model(load(work / "model"), LoraConfig(
        r=4, lora_alpha=6, lora_dropout=0.0, target_modules=names, task_type="CAUSAL_LM", fan_in_fan_out=family == "gpt2",
        rank_pattern={names[1]: 2}, alpha_pattern={names[1]: 5}))
    optim = torch.optim.AdamW([q for q in model.parameters() if q.requires_grad], lr=0.01)
    g = rng(4)
    for _ in range(5):
        ids, mask = ids_and_mask(g, model.config.vocab_size, (16, 16), 16, "right", 0)
        lm_loss(forward(model, ids, mask).logits, ids).backward()
        optim.step()
        optim.zero_grad()
    save_adapter(model, work / "peft", str(work / "model"))
    return work / "peft"


def uniform(work, family, name, seed):
    """A random adapter of rank 3 on all linears, since linear combination wants one rank."""
    torch.manual_seed(seed)
    model = get_peft_model(load(work / "model"), LoraConfig(
        r=3, lora_alpha=6, target_modules=LINEARS[family], task_type="CAUSAL_LM", fan_in_fan_out=family == "gpt2",
        init_lora_weights=False))
    save_adapter(model, work / name, str(work / "model"))
    return work / name


def combined(work, family):
    one, other = uniform(work, family, "one", 1), uniform(work, family, "other", 2)
    worst = 0.0
    for kind in ("cat", "linear", "svd"):
        out = work / f"combined-{kind}"
        trefoil("combine", "--base", work / "base", "--adapter", f"{one}=0.7", "--adapter", f"{other}=-0.4",
                "--combination-type", kind, "--out", out)
        model = PeftModel.from_pretrained(load(work / "model"), one, "one")
        model.load_adapter(other, "other")
        model.add_weighted_adapter(["one", "other"], [0.7, -0.4], kind, combination_type=kind)
        model.set_adapter(kind)
        ours = load_file(out / "adapter_model.safetensors")
        theirs = {n.replace(f".{kind}.", "."): q for n, q in model.named_parameters() if f".{kind}." in n}
        assert set(ours) == set(theirs), "names"
        for name in [n for n in ours if "lora_A" in n]:
            b = name.replace("lora_A", "lora_B")
            if kind == "svd":  # a singular vector may have either sign
                got, want = ours[b] @ ours[name], theirs[b] @ theirs[name]
                worst = max(worst, float((got - want).abs().max() / want.abs().max()))
            else:
                for n in (name, b):
                    worst = max(worst, float((ours[n] - theirs[n]).abs().max()))
    assert worst < 1e-4, f"combined adapters differ by {worst:.2g}"
    return worst


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--out", required=True, type=Path)
    p.add_argument("--family", action="append", choices=list(LINEARS), help="may be repeated; all of them if absent")
    args = p.parse_args()
    spec, failed = json.loads((HERE / "spec.json").read_text()), []
    for family in args.family or LINEARS:
        work = fresh(args.out.resolve() / family)
        try:
            tiny(family, spec, work / "model")
            for name, adapter in (("trefoil", sft(work)), ("peft", peft(work, family))):
                compare_adapter(work / "model", adapter, fresh(work / "cases" / name), (20, 13), 7, gradients=True, merged=True)
            trefoil("verify", work / "cases")
            print(f"ok   {family}: adapters of both, combined ones within {combined(work, family):.1g}", flush=True)
        except (RuntimeError, AssertionError) as fault:
            failed.append(family)
            print(f"FAIL {family}: {fault}", flush=True)
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
