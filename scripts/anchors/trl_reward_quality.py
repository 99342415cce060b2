"""Accuracy of a reward model by TRL's RewardTrainer and PEFT on the pairs of a trefoil reward stage.

    python trl_reward_quality.py --model FOLDER --train .data/hh/reward.jsonl --test .data/hh/reward-test.jsonl --length 256

Same pairs, same tokens and same order as `trefoil reward` with the same seed: prompt, answer and end token, cut as `rows.truncate: prompt-left`
and `rows.prompt_length` say, epochs shuffled by the same numbers. Same LoRA, optimiser and schedule. The base is read in --dtype; the adapter
and the score head are float32, the adapter's products bfloat16 by autocast, as in TRL's default (bf16=True). Head and adapter start from other
random numbers. So that an epoch takes hours and not days, dropout takes its factors from a pool drawn anew each step and not one number an
entry: this script is about accuracy, its seconds are not TRL's. Prints one JSON object; figures with an interval are Wilson's at 95 %. With
--checkpoints a run that was stopped goes on at its last checkpoint when it is started again; its seconds are then those since, `resumed_at`
names the step.
"""

import argparse
import contextlib
import json
import math
import os
import resource
import sys
import tempfile
import time

import numpy

import anchor

WORD = (1 << 64) - 1
GOLDEN_GAMMA = 0x9E3779B97F4A7C15


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", required=True, help="folder of a published checkpoint")
    parser.add_argument("--train", required=True, help="JSON lines with prompt, chosen and rejected")
    parser.add_argument("--test", required=True, help="the same, held out")
    parser.add_argument("--pairs", type=int, help="first pairs of the training file; all if absent")
    parser.add_argument("--test-pairs", type=int, help="first pairs of the test file; all if absent")
    parser.add_argument("--length", type=int, default=256, help="tokens of prompt, answer and end token together")
    parser.add_argument("--prompt-length", type=int, help="last tokens of the prompt that are kept; all that fit if absent")
    parser.add_argument("--batch", type=int, default=4, help="pairs of a step")
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--lr", type=float, default=2e-4)
    parser.add_argument("--schedule", default="linear", help="without warm-up")
    parser.add_argument("--weight-decay", type=float, default=0.0)
    parser.add_argument("--rank", type=int, default=8)
    parser.add_argument("--alpha", type=int, default=32)
    parser.add_argument("--dropout", type=float, default=0.1)
    parser.add_argument("--targets", default="all-linear", help="names with commas, or all-linear")
    parser.add_argument("--dtype", choices=("bf16", "fp32", "int8"), default="bf16", help="int8: bitsandbytes, bf16 around it")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--eval-batch", type=int, default=16, help="texts of a test batch")
    parser.add_argument("--checkpoints", help="folder for checkpoints; none if absent")
    parser.add_argument("--save-steps", type=int, default=25)
    parser.add_argument("--scores", help="file for the test scores, one pair a line")
    return parser.parse_args()


def mixed(z):
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & WORD
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & WORD
    return z ^ (z >> 31)


def permutation(count, *key):
    """The order that Trefoil's KeyedRandom gives: SplitMix64 of key and counter, Fisher-Yates."""
    state = 0
    for part in key:
        state = mixed((state + GOLDEN_GAMMA + mixed((part + GOLDEN_GAMMA) & WORD)) & WORD)
    order = list(range(count))
    for i in range(count - 1, 0, -1):
        while True:
            state = (state + GOLDEN_GAMMA) & WORD
            bits = mixed(state) >> 1
            if bits - bits % (i + 1) + i < 1 << 63:
                break
        j = bits % (i + 1)
        order[i], order[j] = order[j], order[i]
    return order


def read(path, most):
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines][:most]


def encoded(words, rows, options):
    """[(chosen ids, rejected ids)]; the answer has precedence, the prompt loses its beginning when both do not fit."""
    end, room = words.eos_token_id, options.length - 1

    def text(prompt, answer):
        answer = words(answer, add_special_tokens=False)["input_ids"][:room]
        left = room - len(answer)
        return (prompt[-left:] if left else []) + answer + [end]

    pairs = []
    for row in rows:
        prompt = words(row["prompt"])["input_ids"][-(options.prompt_length or 0):]
        pairs.append((text(prompt, row["chosen"]), text(prompt, row["rejected"])))
    return pairs


def wilson(share, count):
    z = 1.959963984540054
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return round(middle - half, 4), round(middle + half, 4)


def longer(rows):
    """Share of pairs whose chosen answer has more characters, a tie counting half: what a reward model has to beat."""
    return sum((len(row["chosen"]) > len(row["rejected"])) + 0.5 * (len(row["chosen"]) == len(row["rejected"])) for row in rows) / len(rows)


class PooledDropout:
    """Dropout whose factors are a window, at a random place, of a pool of this step's; bfloat16."""

    def __init__(self, torch, rate, seed):
        self.torch, self.rate, self.random = torch, rate, numpy.random.Generator(numpy.random.SFC64(seed))
        self.pool = None

    def draw(self, entries):
        raw = self.random.bit_generator.random_raw(entries // 4 + 1).view(numpy.uint16)[:entries]
        kept = self.torch.from_numpy(raw >= round(self.rate * 65536))
        self.pool = kept.to(self.torch.bfloat16).mul_(1 / (1 - self.rate))

    def __call__(self, x):
        entries = x.numel()
        if self.pool is None or len(self.pool) < 2 * entries:
            self.draw(2 * entries)
        first = int(self.random.integers(len(self.pool) - entries + 1))
        return x * self.pool[first:first + entries].view(x.shape)

    def replace(self, model):
        for name, module in model.named_modules():
            if isinstance(module, self.torch.nn.Dropout) and ".lora_dropout." in name:
                whole = module.forward
                module.forward = lambda x, module=module, whole=whole: self(x) if module.training else whole(x)


def score(torch, model, pairs, padding, batch):
    """[chosen, rejected] for each pair; texts of like length together."""
    texts = [text for pair in pairs for text in pair]
    order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
    scores = [0.0] * len(texts)
    model.eval()
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        for first in range(0, len(order), batch):
            places = order[first:first + batch]
            widest = max(len(texts[place]) for place in places)
            ids = torch.tensor([texts[place] + [padding] * (widest - len(texts[place])) for place in places])
            mask = torch.tensor([[1] * len(texts[place]) + [0] * (widest - len(texts[place])) for place in places])
            for place, value in zip(places, model(input_ids=ids, attention_mask=mask).logits[:, 0].tolist()):
                scores[place] = value
    return [[scores[2 * i], scores[2 * i + 1]] for i in range(len(pairs))]


def evaluation(scores):
    margins = [chosen - rejected for chosen, rejected in scores]
    accuracy = sum((m > 0) + 0.5 * (m == 0) for m in margins) / len(margins)
    low, high = wilson(accuracy, len(margins))
    return {"accuracy": accuracy, "accuracy_low": low, "accuracy_high": high, "margin_mean": sum(margins) / len(margins),
            "loss": sum(math.log1p(math.exp(-m)) for m in margins) / len(margins), "ties": sum(m == 0 for m in margins)}


def exact(torch, forward):
    """The score head in float32, for bfloat16 scores would tie."""

    def run(hidden):
        with torch.autocast("cpu", enabled=False):
            return forward(hidden.float())
    return run


def train(options):
    import torch
    from datasets import Dataset
    from peft.helpers import disable_input_dtype_casting
    from transformers import AutoModelForSequenceClassification, TrainerCallback
    from transformers.trainer_utils import get_last_checkpoint
    from trl import RewardConfig, RewardTrainer
    import models

    words = models.tokenizer(options)
    words.pad_token = words.unk_token or words.bos_token  # an end token that also pads would be masked where it ends a text
    train_rows, test_rows = read(options.train, options.pairs), read(options.test, options.test_pairs)
    pairs, held = encoded(words, train_rows, options), encoded(words, test_rows, options)
    # Epochs one after the other, each in its own order; the trainer takes them as they lie.
    order = [place for epoch in range(options.epochs) for place in permutation(len(pairs), options.seed, epoch)]
    model = models.load(AutoModelForSequenceClassification, options, num_labels=1)
    model.config.pad_token_id = words.pad_token_id
    lora = {"r": options.rank, "alpha": options.alpha, "dropout": options.dropout,
            "target_modules": options.targets if options.targets == "all-linear" else options.targets.split(",")}

    def line(step, logs):
        return [step] + [round(float(logs[key]), 4) for key in ("loss", "accuracy", "margin")]

    dropout = PooledDropout(torch, options.dropout, options.seed)

    class Log(TrainerCallback):
        def on_step_end(self, args, state, control, **others):
            dropout.pool = None

        def on_log(self, args, state, control, logs=None, **others):
            if logs and "loss" in logs:
                print(*line(state.global_step, logs), file=sys.stderr, flush=True)

    kept = contextlib.nullcontext(options.checkpoints) if options.checkpoints else tempfile.TemporaryDirectory()
    with kept as folder:
        last = get_last_checkpoint(folder) if os.path.isdir(folder) else None
        settings = RewardConfig(
            output_dir=folder, use_cpu=True, num_train_epochs=1, per_device_train_batch_size=options.batch, max_length=options.length,
            train_sampling_strategy="sequential", gradient_checkpointing=False, bf16=True, fp16=False, learning_rate=options.lr,
            lr_scheduler_type=options.schedule, warmup_steps=0, weight_decay=options.weight_decay, max_grad_norm=1.0,
            disable_dropout=False,  # the default takes the adapter's dropout away
            logging_steps=10, save_strategy="steps" if options.checkpoints else "no", save_steps=options.save_steps, save_total_limit=2,
            report_to=[], disable_tqdm=True, seed=options.seed, remove_unused_columns=False)
        trainer = RewardTrainer(
            model=model, args=settings, processing_class=words, peft_config=models.lora(lora, model, "SEQ_CLS"), callbacks=[Log()],
            train_dataset=Dataset.from_dict({"chosen_ids": [pairs[i][0] for i in order], "rejected_ids": [pairs[i][1] for i in order]}))
        for name, module in trainer.model.named_modules():
            if name.endswith("score.modules_to_save.default"):
                module.float()
                module.forward = exact(torch, module.forward)
        trained = [weight for weight in trainer.model.parameters() if weight.requires_grad]
        for weight in trained:
            weight.data = weight.data.float()
        if options.dropout:
            dropout.replace(trainer.model)
        began = time.perf_counter()
        with disable_input_dtype_casting(trainer.model):
            trainer.train(resume_from_checkpoint=last)
            seconds = time.perf_counter() - began
            began = time.perf_counter()
            scores = score(torch, trainer.model, held, words.pad_token_id, options.eval_batch)
        eval_seconds = time.perf_counter() - began
    if options.scores:
        with open(options.scores, "w") as file:
            for number, (chosen, rejected) in enumerate(scores, 1):
                file.write(json.dumps({"pair": number, "chosen": chosen, "rejected": rejected}) + "\n")
    tokens = sum(len(text) for i in order for text in pairs[i])
    first = int(last.rsplit("-", 1)[1]) if last else 0
    timed = sum(len(text) for i in order[first * options.batch:] for text in pairs[i])
    log = [line(logs["step"], logs) for logs in trainer.state.log_history if "loss" in logs]
    return {"steps": trainer.state.global_step, "resumed_at": first, "train_pairs": len(pairs), "train_tokens": tokens,
            "trained_weights": sum(w.numel() for w in trained),
            "test_pairs": len(held), **evaluation(scores), "length_baseline_accuracy": longer(test_rows), "length_baseline_train": longer(train_rows),
            "seconds": round(seconds, 1), "tokens_per_second": round(timed / seconds, 1), "eval_seconds": round(eval_seconds, 1),
            "log": log}


def main():
    options = arguments()
    anchor.quiet()
    with contextlib.redirect_stdout(sys.stderr):
        found = train(options)
    settings = {key: os.path.basename(value) if key in ("model", "train", "test") else value
                for key, value in vars(options).items() if key not in ("scores", "checkpoints", "save_steps")}
    print(json.dumps({"program": "TRL RewardTrainer", "settings": settings, **found,
                      "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, "versions": anchor.versions()}))


if __name__ == "__main__":
    main()
