"""Generation and prefill with transformers on a CPU."""

import time

import torch
from transformers import AutoModelForCausalLM

import models


def timed(work, options):
    seconds = []
    with torch.inference_mode():
        for _ in range(options.warmup + options.repeats):
            start = time.perf_counter()
            work()
            seconds.append(time.perf_counter() - start)
    return seconds[options.warmup:]


def generate(options):
    shape = options.shape
    batch, new = shape["batch_size"], shape["new_tokens"]
    words = models.tokenizer(options)
    prompts = torch.tensor(models.rows(words, options, batch, shape["prompt_tokens"]))
    model = models.load(AutoModelForCausalLM, options).eval()

    def work():
        found = model.generate(
            prompts, attention_mask=torch.ones_like(prompts), do_sample=False, max_new_tokens=new, min_new_tokens=new,
            pad_token_id=words.eos_token_id)
        assert found.shape == (batch, prompts.shape[1] + new), found.shape

    return "pass", batch * new, timed(work, options)


def prefill(options):
    shape = options.shape
    rows = torch.tensor(models.rows(models.tokenizer(options), options, shape["batch_size"], shape["length"]))
    model = models.load(AutoModelForCausalLM, options).eval()

    def work():
        logits = model(rows, use_cache=False).logits
        assert logits.shape[:2] == rows.shape, logits.shape

    return "pass", rows.numel(), timed(work, options)
