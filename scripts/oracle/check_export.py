"""python check_export.py --model HF --gguf FILE [--adapter DIR --lora FILE] : llama.cpp beside transformers, greedy.

HF is the folder that FILE was exported from (`trefoil export HF --out FILE`). With --adapter, a PEFT folder, and --lora, what
`trefoil export HF --adapter DIR --out FILE` made of it, both sides use the adapter. Texts where the model has a tokenizer, random
tokens otherwise. Both sides must give the same ids for each prompt and the same greedy continuation, unless the first token that
differs was a tie within --margin of the logits (fp16 and, more, q8_0 round the weights: --margin 1 for the latter). Needs llama-cpp-python beside transformers and PEFT.
"""
import argparse
import os
import sys
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")
import numpy as np
import torch
from llama_cpp import Llama
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM

PROMPTS = ["Once upon a time, there was a", "The film begins slowly, and for half an hour", "In 1987 (or 1988?) the price was $1,234.50;",
           "def mean(numbers):\n    ", "  two spaces, a tab\tand café — naïve", "She said: \"I'd rather not.\""]


def reference(folder, adapter=None):
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager")
    if adapter:
        from peft import PeftModel
        model = PeftModel.from_pretrained(model, adapter)
    return model.eval()


def prompts(folder, vocab, texts=None, random=4, seed=1):
    """Each prompt with its ids, and the tokenizer; random ids and no text where the model has no tokenizer."""
    file = Path(folder) / "tokenizer.json"
    if not file.exists():
        rng = np.random.default_rng(seed)
        return [(None, rng.integers(0, vocab, 8 + i).tolist()) for i in range(random)], None
    tokenizer = Tokenizer.from_file(str(file))
    return [(text, tokenizer.encode(text).ids) for text in texts or PROMPTS], tokenizer


def greedy(model, ids, new):
    """Tokens, and how far each one's logit is above the second best."""
    out, gaps = list(ids), []
    with torch.no_grad():
        for _ in range(new):
            top = model(torch.tensor([out])).logits[0, -1].topk(2)
            gaps.append(float(top.values[0] - top.values[1]))
            out.append(int(top.indices[0]))
    return out[len(ids):], gaps


@dataclass
class Outcome:
    """What llama.cpp made of one prompt: its tokens, those wanted, and how far apart the logits behind the prompt are."""
    text: str | None
    found: list
    wanted: list
    gaps: list
    logits: float

    def parts_at(self):
        return next((i for i, (f, w) in enumerate(zip(self.found, self.wanted)) if f != w), None)

    def same(self, margin):
        part = self.parts_at()
        return part is None or self.gaps[part] < margin

    def line(self, margin, tokenizer):
        part = self.parts_at()
        verdict = "same" if part is None else f"parts at token {part}, where the two best were {self.gaps[part]:.2g} apart"
        shown = tokenizer.decode(self.found, skip_special_tokens=False) if tokenizer else self.found
        return f"{'ok  ' if self.same(margin) else 'FAIL'} {verdict}; logits within {self.logits:.2g}: {self.text!r} -> {shown!r}"


def compare_exported(model, gguf, cases, new=16, lora=None):
    """An Outcome for each prompt, or a line of text where llama.cpp's ids are others."""
    cpp = Llama(str(gguf), lora_path=lora and str(lora), n_ctx=256, n_threads=1, n_threads_batch=1, verbose=False, logits_all=True)
    outcomes = []
    for text, ids in cases:
        if text is not None:
            found = cpp.tokenize(text.encode(), add_bos=True, special=True)
            if found != ids:
                outcomes.append(f"ids differ for {text!r}:\n  transformers {ids}\n  llama.cpp    {found}")
                continue
        wanted, gaps = greedy(model, ids, new)
        cpp.reset()
        cpp.eval(ids)
        first = cpp.scores[len(ids) - 1].copy()
        with torch.no_grad():
            apart = float(np.abs(model(torch.tensor([ids])).logits[0, -1].numpy() - first).max())
        found = [int(first.argmax())]
        while len(found) < new:
            cpp.eval([found[-1]])
            found.append(int(cpp.scores[cpp.n_tokens - 1].argmax()))
        outcomes.append(Outcome(text, found, wanted, gaps, apart))
    cpp.close()
    return outcomes


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

    model = reference(args.model, args.adapter)
    cases, tokenizer = prompts(args.model, model.config.vocab_size, args.prompt, args.random, args.seed)
    right = 0
    for outcome in compare_exported(model, args.gguf, cases, args.new, args.lora):
        right += isinstance(outcome, Outcome) and outcome.same(args.margin)
        print(outcome.line(args.margin, tokenizer) if isinstance(outcome, Outcome) else outcome)
    print(f"{right} of {len(cases)} agree")
    sys.exit(0 if right == len(cases) else 1)


if __name__ == "__main__":
    main()
