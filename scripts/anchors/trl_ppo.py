"""Steps of TRL's PPOTrainer, whose last version is 1.12.0, with PEFT on a CPU.

The reference is the policy without its adapters. The value model is a second copy of the base with an adapter and a score head: the
trainer has no other way. The reward is a rule in the clothes of the model that the trainer asks for.
"""

import re
import tempfile
import time
import types

import torch
from datasets import Dataset
from peft import inject_adapter_in_model
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification
from trl.experimental.ppo import PPOConfig, PPOTrainer

import models


class WordCount(torch.nn.Module):
    """A tenth for each word, handed on as hidden states that a head without weights reads."""

    base_model_prefix = "rule"

    def __init__(self, words):
        super().__init__()
        self.words = words
        self.score = torch.nn.Identity()

    def rule(self, input_ids, **others):
        texts = self.words.batch_decode(input_ids, skip_special_tokens=True)
        scores = torch.tensor([0.1 * len(re.findall(r"\w+", text)) for text in texts])
        states = scores[:, None, None].expand(-1, input_ids.shape[1], 1)
        return types.SimpleNamespace(hidden_states=(states,))


class WatchedTrainer(PPOTrainer):
    """Notes when each step is over; the trainer logs once a step, after the last update."""

    def train(self):
        self.marks = [time.perf_counter()]
        super().train()

    def log(self, logs, *others, **named):
        self.marks.append(time.perf_counter())


def value_model(options, shape):
    model = models.load(AutoModelForSequenceClassification, options, num_labels=1)
    for weight in model.parameters():
        weight.requires_grad_(False)
    model = inject_adapter_in_model(models.lora(shape["lora"], model, "SEQ_CLS"), model)
    model.score.weight.requires_grad_(True)
    return model


def ppo(options):
    shape = options.shape
    batch, length = shape["batch_size"], shape["prompt_tokens"]
    steps = options.warmup + options.repeats
    words = models.tokenizer(options, padding_side="left")
    words.pad_token = words.unk_token or words.bos_token  # an end token that also pads would be masked where it ends a text
    prompts = models.rows(words, options, steps * batch, length)
    policy = models.load(AutoModelForCausalLM, options)
    with tempfile.TemporaryDirectory() as folder:
        settings = PPOConfig(
            output_dir=folder, use_cpu=True, total_episodes=steps * batch, per_device_train_batch_size=batch,
            gradient_accumulation_steps=1, num_ppo_epochs=shape["epochs"],
            num_mini_batches=batch // (shape["mini_batch_size"] or batch), response_length=shape["new_tokens"],
            local_rollout_forward_batch_size=batch, temperature=1.0, learning_rate=1.41e-5, bf16=False,
            gradient_checkpointing=options.checkpointing, num_sample_generations=0, save_strategy="no", report_to=[],
            disable_tqdm=True, seed=options.seed)
        trainer = WatchedTrainer(
            args=settings, processing_class=words, model=policy, ref_model=None, reward_model=WordCount(words),
            value_model=value_model(options, shape), train_dataset=Dataset.from_dict({"input_ids": prompts}),
            peft_config=models.lora(shape["lora"], policy, "CAUSAL_LM"))
        trainer.train()
    seconds = [later - earlier for earlier, later in zip(trainer.marks, trainer.marks[1:])]
    return "step", batch * shape["new_tokens"], seconds[options.warmup:]
