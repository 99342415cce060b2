"""Greedy generation with llama.cpp, one prompt at once."""

import itertools
import json
import time

from llama_cpp import Llama


def generate(options):
    shape = options.shape
    if shape["batch_size"] != 1:
        raise SystemExit("llama.cpp's Python interface generates for one prompt at once; wanted batch_size 1")
    length, new = shape["prompt_tokens"], shape["new_tokens"]
    model = Llama(
        options.gguf, n_ctx=length + new + 8, n_threads=options.threads, n_threads_batch=options.threads, seed=options.seed, verbose=False)
    with open(options.texts, encoding="utf-8") as lines:
        text = " ".join(json.loads(line)["text"] for line in itertools.islice(lines, length))
    prompt = model.tokenize(text.encode(), add_bos=False)[:length]
    seconds = []
    for _ in range(options.warmup + options.repeats):
        start = time.perf_counter()
        model.reset()
        found = list(itertools.islice(model.generate(prompt, top_k=1, temp=0.0, repeat_penalty=1.0, reset=True), new))
        seconds.append(time.perf_counter() - start)
        assert len(found) == new, len(found)
    model.close()
    return "pass", new, seconds[options.warmup:]
