"""Event files of TRL's own trainers, for check_events.py --trl: two steps each on a small model.

    python trl_events.py OUT sft reward --model ../../pipelines/quickstart/base --data ../../pipelines/quickstart/data
    python trl_events.py OUT ppo ... --trl-path FOLDER     # trl 1.12.0, the last with PPO

Needs torch, transformers, peft, trl 1.16.0 and tensorboard. Writes OUT/sft, OUT/reward and OUT/ppo.
"""

import argparse
import json
import os
import sys
import types

STEPS = 2
BATCH = 4


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out")
    parser.add_argument("trainers", nargs="+", choices=("sft", "reward", "ppo"))
    parser.add_argument("--model", required=True, help="Hugging Face folder of a small model")
    parser.add_argument("--data", required=True, help="folder with pairs.jsonl: prompt, chosen, rejected")
    parser.add_argument("--trl-path", help="folder with another trl")
    return parser.parse_args()


def settings(folder):
    os.environ["TENSORBOARD_LOGGING_DIR"] = folder
    return dict(output_dir=os.path.join(folder, "model"), use_cpu=True, per_device_train_batch_size=BATCH, bf16=False, fp16=False,
                gradient_checkpointing=False, logging_steps=1, save_strategy="no", report_to=["tensorboard"], disable_tqdm=True, seed=1)


def evaluated(folder):
    return dict(settings(folder), max_steps=STEPS, max_length=64, eval_strategy="steps", eval_steps=STEPS)


def words_of(options):
    from transformers import AutoTokenizer
    words = AutoTokenizer.from_pretrained(options.model)
    words.pad_token = words.pad_token or words.unk_token or words.eos_token
    return words


def sft(options, pairs, folder):
    from datasets import Dataset
    from transformers import AutoModelForCausalLM
    from trl import SFTConfig, SFTTrainer
    texts = Dataset.from_dict({"text": [pair["prompt"] + pair["chosen"] for pair in pairs]})
    SFTTrainer(
        model=AutoModelForCausalLM.from_pretrained(options.model, dtype="float32"), args=SFTConfig(**evaluated(folder)),
        train_dataset=texts, eval_dataset=texts.select(range(BATCH)), processing_class=words_of(options)).train()


def reward(options, pairs, folder):
    from datasets import Dataset
    from transformers import AutoModelForSequenceClassification
    from trl import RewardConfig, RewardTrainer
    rows = Dataset.from_list([{key: pair[key] for key in ("prompt", "chosen", "rejected")} for pair in pairs])
    model = AutoModelForSequenceClassification.from_pretrained(options.model, dtype="float32", num_labels=1)
    RewardTrainer(
        model=model, args=RewardConfig(**evaluated(folder)), train_dataset=rows, eval_dataset=rows.select(range(BATCH)),
        processing_class=words_of(options)).train()


def ppo(options, pairs, folder):
    import torch
    from datasets import Dataset
    from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification
    from trl.experimental.ppo import PPOConfig, PPOTrainer
    words = words_of(options)
    words.padding_side = "left"

    class Length(torch.nn.Module):
        """Tokens of the text, as the hidden states that the trainer's scoring expects."""

        base_model_prefix = "rule"
        score = torch.nn.Identity()

        def rule(self, input_ids, attention_mask, **others):
            counts = attention_mask.sum(1, dtype=torch.float32)
            return types.SimpleNamespace(hidden_states=(counts[:, None, None].expand(-1, input_ids.shape[1], 1),))

    prompts = [words(pair["prompt"])["input_ids"][:4] for pair in pairs]
    prompts = [prompt for prompt in prompts if len(prompt) == 4][:STEPS * BATCH]
    PPOTrainer(
        args=PPOConfig(**settings(folder), total_episodes=STEPS * BATCH, gradient_accumulation_steps=1, num_mini_batches=1, response_length=6,
                       num_sample_generations=0, learning_rate=1e-5),
        processing_class=words, model=AutoModelForCausalLM.from_pretrained(options.model, dtype="float32"),
        ref_model=AutoModelForCausalLM.from_pretrained(options.model, dtype="float32"), reward_model=Length(),
        value_model=AutoModelForSequenceClassification.from_pretrained(options.model, dtype="float32", num_labels=1),
        train_dataset=Dataset.from_dict({"input_ids": prompts})).train()


def main():
    options = arguments()
    os.environ.update(HF_HUB_OFFLINE="1", TOKENIZERS_PARALLELISM="false", CUDA_VISIBLE_DEVICES="", TRL_EXPERIMENTAL_SILENCE="1")
    if options.trl_path:
        sys.path.insert(0, options.trl_path)
    with open(os.path.join(options.data, "pairs.jsonl"), encoding="utf-8") as lines:
        pairs = [json.loads(line) for line in lines][:16]
    for trainer in options.trainers:
        folder = os.path.join(options.out, trainer)
        globals()[trainer](options, pairs, folder)
        print(folder)


if __name__ == "__main__":
    main()
