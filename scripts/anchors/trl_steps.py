"""Optimiser steps of TRL's SFTTrainer and RewardTrainer with PEFT, on a CPU."""

import tempfile
import time

from datasets import Dataset
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification, TrainerCallback
from trl import RewardConfig, RewardTrainer, SFTConfig, SFTTrainer

import models


class StepWatch(TrainerCallback):
    """Seconds of each step: from its first forward pass to the end of the optimiser's work."""

    def __init__(self):
        self.seconds = []
        self.began = 0

    def on_step_begin(self, args, state, control, **others):
        self.began = time.perf_counter()

    def on_step_end(self, args, state, control, **others):
        self.seconds.append(time.perf_counter() - self.began)


def trainer_settings(options, folder, batch, length):
    return dict(
        output_dir=folder, use_cpu=True, max_steps=options.warmup + options.repeats, per_device_train_batch_size=batch, max_length=length,
        gradient_checkpointing=options.checkpointing, bf16=False, fp16=False, learning_rate=2e-4, lr_scheduler_type="constant",
        logging_steps=1, save_strategy="no", report_to=[], disable_tqdm=True, seed=options.seed)


def sft(options):
    shape = options.shape
    words = models.tokenizer(options)
    batch, length = shape["batch_size"], shape["length"]
    # Rows are cut beforehand and full, one document each: TRL's "wrapped" packing without its preparation.
    rows = models.rows(words, options, (options.warmup + options.repeats) * batch, length)
    model = models.load(AutoModelForCausalLM, options)
    watch = StepWatch()
    with tempfile.TemporaryDirectory() as folder:
        settings = SFTConfig(
            **trainer_settings(options, folder, batch, length), packing=False, dataset_kwargs={"skip_prepare_dataset": True})
        SFTTrainer(
            model=model, args=settings, train_dataset=Dataset.from_dict({"input_ids": rows}), processing_class=words,
            peft_config=models.lora(shape["lora"], model, "CAUSAL_LM"), callbacks=[watch]).train()
    return "step", batch * length, watch.seconds[options.warmup:]


def reward(options):
    shape = options.shape
    words = models.tokenizer(options)
    pairs, length = shape["pairs"], shape["length"]
    count = (options.warmup + options.repeats) * pairs
    rows = models.rows(words, options, 2 * count, length)
    model = models.load(AutoModelForSequenceClassification, options, num_labels=1)
    model.config.pad_token_id = words.pad_token_id
    watch = StepWatch()
    with tempfile.TemporaryDirectory() as folder:
        settings = RewardConfig(**trainer_settings(options, folder, pairs, length), remove_unused_columns=False)
        RewardTrainer(
            model=model, args=settings, train_dataset=Dataset.from_dict({"chosen_ids": rows[:count], "rejected_ids": rows[count:]}),
            processing_class=words, peft_config=models.lora(shape["lora"], model, "SEQ_CLS"), callbacks=[watch]).train()
    return "step", 2 * pairs * length, watch.seconds[options.warmup:]
