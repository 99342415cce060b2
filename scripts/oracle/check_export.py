"""python check_export.py --model HF --gguf FILE [--adapter DIR --lora FILE] : llama.cpp beside transformers, greedy.

HF is the folder that FILE was exported from (`trefoil export HF --out FILE`). With --adapter, a PEFT folder, and --lora, what
`trefoil export HF --adapter DIR --out FILE` made of it, both sides use the adapter. Texts where the model has a tokenizer, random
tokens otherwise. Both sides must give the same ids for each prompt and the same greedy continuation, unless the first token that
differs was a tie within --margin of the logits (fp16 and, more, q8_0 round the weights: --margin 1 for the latter). Needs llama-cpp-python beside transformers and PEFT.
"""
import argparse
import os
import sys
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")
import numpy as np
import torch
from llama_cpp import Llama
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM

PROMPTS = ["Once upon a time, there was a", "The film begins slowly, and for half an hour", "In 1987 (or 1988?) the price was $1,234.50;",
           "def mean(numbers):\n    ", "  two spaces, a tab\tand café — naïve", "She said: \"I'd rather not.\""]


def reference(args):
    model = AutoModelForCausalLM.from_pretrained(args.model, dtype=torch.float32, attn_implementation="eager")
    if args.adapter:
        from peft import PeftModel
        model = PeftModel.from_pretrained(model, args.adapter)
    return model.eval()


def prompts(args, vocab):
    file = Path(args.model) / "tokenizer.json"
    if not file.exists():
        rng = np.random.default_rng(args.seed)
        return [(None, rng.integers(0, vocab, 8 + i).tolist()) for i in range(args.random)], None
    tokenizer = Tokenizer.from_file(str(file))
    return [(text, tokenizer.encode(text).ids) for text in args.prompt or PROMPTS], tokenizer


def greedy(model, ids, new):
    """Tokens, and how far each one's logit is above the second best."""
    out, gaps = list(ids), []
    with torch.no_grad():
        for _ in range(new):
            top = model(torch.tensor([out])).logits[0, -1].topk(2)
            gaps.append(float(top.values[0] - top.values[1]))
            out.append(int(top.indices[0]))
    return out[len(ids):], gaps


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--model", required=True)
    p.add_argument("--gguf", required=True)
    p.add_argument("--adapter")
    p.add_argument("--lora")
    p.add_argument("--prompt", action="append", help="a text; may be repeated")
    p.add_argument("--new", type=int, default=16, help="tokens to generate")
    p.add_argument("--random", type=int, default=4, help="prompts of random tokens, for a model without a tokenizer")
    p.add_argument("--margin", type=float, default=0.05, help="a tie, in logits")
    p.add_argument("--seed", type=int, default=1, help="of the random tokens")
    args = p.parse_args()
    if bool(args.adapter) != bool(args.lora):
        p.error("--adapter and --lora go together")

    model = reference(args)
    cpp = Llama(args.gguf, lora_path=args.lora, n_ctx=256, n_threads=1, n_threads_batch=1, verbose=False, logits_all=True)
    cases, tokenizer = prompts(args, model.config.vocab_size)
    failed = 0
    for text, ids in cases:
        if text is not None:
            found = cpp.tokenize(text.encode(), add_bos=True, special=True)
            if found != ids:
                print(f"ids differ for {text!r}:\n  transformers {ids}\n  llama.cpp    {found}")
                failed += 1
                continue
        wanted, gaps = greedy(model, ids, args.new)
        cpp.reset()
        cpp.eval(ids)
        first = cpp.scores[len(ids) - 1].copy()
        with torch.no_grad():
            gap = float(np.abs(model(torch.tensor([ids])).logits[0, -1].numpy() - first).max())
        found = [int(first.argmax())]
        while len(found) < args.new:
            cpp.eval([found[-1]])
            found.append(int(cpp.scores[cpp.n_tokens - 1].argmax()))
        part = next((i for i in range(args.new) if wanted[i] != found[i]), None)
        same = part is None or gaps[part] < args.margin
        failed += not same
        shown = tokenizer.decode(found, skip_special_tokens=False) if tokenizer else found
        verdict = "same" if part is None else f"parts at token {part}, where the two best were {gaps[part]:.2g} apart"
        print(f"{'ok  ' if same else 'FAIL'} {verdict}; logits within {gap:.2g}: {text!r} -> {shown!r}")
    cpp.close()
    print(f"{len(cases) - failed} of {len(cases)} agree")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
