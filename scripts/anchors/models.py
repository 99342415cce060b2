"""Checkpoints and token rows for the anchors."""

import json

import torch


def load(auto, options, **settings):
    """A published model in the wanted number format."""
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    settings["dtype"] = torch.float32 if options.dtype == "fp32" else torch.bfloat16
    if options.dtype == "int8":
        from transformers import BitsAndBytesConfig
        settings["quantization_config"] = BitsAndBytesConfig(load_in_8bit=True)
        settings["device_map"] = "cpu"
    return auto.from_pretrained(options.model, **settings)


def tokenizer(options, **settings):
    from transformers import AutoTokenizer
    return AutoTokenizer.from_pretrained(options.model, **settings)


def rows(words, options, count, length):
    """[count][length] token ids: the texts one after the other, from the beginning again where they end."""
    ids = []
    while len(ids) < count * length:
        with open(options.texts, encoding="utf-8") as lines:
            for line in lines:
                ids += words(json.loads(line)["text"])["input_ids"]
                if len(ids) >= count * length:
                    break
    return [ids[i * length:(i + 1) * length] for i in range(count)]


def lora(settings, model, task):
    """The adapter of a shape. Names stand for `all-linear`, so that every trainer adapts the same modules."""
    from peft import LoraConfig
    targets = settings["target_modules"]
    if targets == "all-linear":
        found = {name.rsplit(".", 1)[-1] for name, module in model.model.named_modules() if isinstance(module, torch.nn.Linear)}
        targets = sorted(found)
    return LoraConfig(
        r=settings["r"], lora_alpha=settings["alpha"], lora_dropout=settings["dropout"], target_modules=targets, task_type=task)
