"""python check_round_trip.py --out DIR [--family gpt2 ...] : everything that leaves Trefoil and comes into it, family by family.

For each family a tiny random model of transformers goes through `trefoil prepare`, five steps of `trefoil sft`, and

  PEFT           reads the adapter: its logits, gradients and merged weights become a case that `trefoil verify` must pass, and must not
                 pass once a weight of the adapter is changed; then PEFT trains five steps, and the same is asked of its adapter
  transformers   reads what `trefoil merge` writes: the logits are PEFT's
  llama.cpp      reads what `trefoil export` writes of the merged model, and of model and adapter apart: it goes on with a prompt as
                 transformers does, and as `trefoil generate` does (where there is llama-cpp-python, and llama.cpp knows the family)

At last `trefoil combine` and PEFT's add_weighted_adapter make one adapter of two, by cat, linear and svd, which must be equal.
Ends with 1 if anything differs. --served prints each trefoil command as a line "trefoil [...]" and reads what it returned from the
input, {"code": 0, "out": "", "err": ""}, for a program that runs them itself (the test RoundTripTest).
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
from safetensors.torch import load_file, save_file

from check_adapter import compare_adapter
from check_merge import compare_merged
from oracle_gen.case_lora import LINEARS, lm_loss, save_adapter
from oracle_gen.common import fresh, rng
from oracle_gen.models import build, forward, ids_and_mask, load, save

HERE = Path(__file__).resolve().parent
GOLDEN = HERE.parent.parent / "src/test/resources/golden"
WORDS = "the film was a slow and quiet story of two friends who never leave the house by the sea".split()


# llama.cpp has no window in these architectures, and its own rule for the layers that do not rotate
EXPORTABLE = {"mistral": {"sliding_window": None}, "qwen2": {"use_sliding_window": False},
              "smollm3": {"num_hidden_layers": 4, "no_rope_layers": [1, 1, 1, 0], "use_sliding_window": False}}
NOT_IN_LLAMA_CPP = ("opt",)
TIE = 0.05  # llama.cpp keeps keys and values in half precision
SERVED = "--served" in sys.argv


def run(*arguments):
    """What the command returned, and all that it printed."""
    words = [str(a) for a in arguments]
    if SERVED:
        print("trefoil " + json.dumps(words), flush=True)
        answer = json.loads(sys.stdin.readline())
        return answer["code"], answer["out"], answer["err"]
    done = subprocess.run([str(HERE.parent / "trefoil"), *words], capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


def trefoil(*arguments, code=0):
    found, out, err = run(*arguments)
    if found != code:
        raise RuntimeError(f"trefoil {arguments[0]} ended with {found}, wanted {code}: {(out + err)[-1500:]}")
    return out


def tiny(family, spec, folder):
    """A model of the specification's shape with a vocabulary for the golden tokenizer."""
    tokenizer = GOLDEN / "tokenizer_bytelevel/tokenizer"
    size = max(json.loads((tokenizer / "tokenizer.json").read_text())["model"]["vocab"].values()) + 1
    args = next(a for a in spec.values() if a["make"] == "arch" and a["arch"] == family)
    shape = args["model"] | EXPORTABLE.get(family, {}) | {"vocab_size": size + 3}
    save(build(family, shape, args["seed"] + 5000), folder, family)
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


def noticed(work, adapter):
    """A case of the adapter with one weight changed must not fit the adapter itself."""
    spoilt = work / "spoilt"
    shutil.copytree(adapter, spoilt)
    file = spoilt / "adapter_model.safetensors"
    tensors = load_file(file)
    name = sorted(n for n in tensors if "lora_B" in n)[0]
    tensors[name][0, 0] += 0.05
    save_file(tensors, file, metadata={"format": "pt"})
    case = fresh(work / "spoilt-case")
    compare_adapter(work / "model", spoilt, case, (20, 13), 7)
    told = json.loads((case / "case.json").read_text())
    told["config"]["adapter"] = str(adapter)
    (case / "case.json").write_text(json.dumps(told))
    trefoil("verify", case, code=1)


def merged(work, adapter):
    trefoil("merge", "--base-source", work / "model", "--base", work / "base", "--adapter", adapter, "--out", work / "merged")
    what, gap, _, allowed = compare_merged(work / "model", [adapter], work / "merged")
    assert gap <= allowed, f"merged: {what}: {gap:.2g} apart, allowed {allowed:.2g}"
    return f"merged logits within {gap:.1g}"


def exported(work, family, adapter):
    """The merged model, and model and adapter in a file each."""
    if family in NOT_IN_LLAMA_CPP:
        trefoil("export", work / "merged", "--out", work / "merged.gguf", code=3)
        return "no form as GGUF"
    try:
        from check_export import Outcome, compare_exported, prompts, reference
    except ImportError:
        return "not exported: there is no llama_cpp"
    whole, plain, lora = work / "merged.gguf", work / "model.gguf", work / "lora.gguf"
    trefoil("export", work / "merged", "--format", "f32", "--out", whole)
    trefoil("export", work / "model", "--format", "f32", "--out", plain)
    trefoil("export", work / "model", "--adapter", adapter, "--base", work / "base", "--out", lora)
    model = reference(work / "merged")
    cases, tokenizer = prompts(work / "merged", model.config.vocab_size, [" ".join(WORDS[:5]), " ".join(WORDS[5:9]), "she said: \"2 1/2\""])
    found = compare_exported(model, whole, cases, 12)
    found += compare_exported(reference(work / "model", adapter), plain, cases, 12, lora)
    for outcome in found:
        assert isinstance(outcome, Outcome), outcome
        assert outcome.same(TIE), outcome.line(TIE, tokenizer)
    same = sum(outcome.parts_at() is None for outcome in found)
    assert same >= len(found) / 2, f"{len(found) - same} of {len(found)} texts part at ties: nothing is shown"
    generated(work, adapter, found[:len(cases)], tokenizer)
    return f"llama.cpp writes {same} of {len(found)} texts alike, the others but for ties"


def generated(work, adapter, outcomes, tokenizer):
    """`trefoil generate`, whose response ends with the model's end token, goes on as llama.cpp does."""
    ends = json.loads((work / "merged/config.json").read_text()).get("eos_token_id")
    ends = ends if isinstance(ends, list) else [ends]
    for outcome in outcomes:
        if outcome.parts_at() is None:
            end = next((i + 1 for i, token in enumerate(outcome.found) if token in ends), len(outcome.found))
            told = trefoil("generate", "--base", work / "base", "--adapter", adapter, "--engine", "compute=fp32", "--greedy",
                           "--max-new-tokens", len(outcome.found), "--prompt", outcome.text, "--json")
            found, wanted = json.loads(told)["response"], tokenizer.decode(outcome.found[:end], skip_special_tokens=True)
            assert found == wanted, f"trefoil generate: {found!r}, llama.cpp {wanted!r}"


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
    p.add_argument("--served", action="store_true", help="whoever started this runs the trefoil commands")
    args = p.parse_args()
    spec, failed = json.loads((HERE / "spec.json").read_text()), []
    for family in args.family or LINEARS:
        work = fresh(args.out.resolve() / family)
        try:
            tiny(family, spec, work / "model")
            adapters = {"trefoil": sft(work), "peft": peft(work, family)}
            for name, adapter in adapters.items():
                compare_adapter(work / "model", adapter, fresh(work / "cases" / name), (20, 13), 7, gradients=True, merged=True)
            trefoil("verify", work / "cases")
            noticed(work, adapters["trefoil"])
            told = [merged(work, adapters["trefoil"]), exported(work, family, adapters["trefoil"])]
            print(f"ok   {family}: adapters of both; {'; '.join(told)}; combined within {combined(work, family):.1g}", flush=True)
        except (Exception, SystemExit) as fault:
            failed.append(family)
            print(f"FAIL {family}: {type(fault).__name__} {fault}".replace("\n", " | "), flush=True)
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
