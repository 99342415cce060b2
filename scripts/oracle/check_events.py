#!/usr/bin/env python3
"""Reads event files with TensorBoard itself: against metrics.jsonl, and beside those of TRL.

Run, with `pip install tensorboard` in an environment of your own:
    python3 scripts/oracle/check_events.py RUN
    python3 scripts/oracle/check_events.py RUN --trl FOLDER
RUN is the folder of a run with report_to: [tensorboard], such as runs/quickstart. Every number of each stage's metrics.jsonl must be there
under its tags, at its step, once, as a 32-bit float. FOLDER has a folder for each stage (sft, reward, ppo) with the event files of TRL's trainer,
as trl_events.py makes them: for each stage the tags of both, of TRL alone and of Trefoil alone are printed as Markdown. Exit code 1 when something
is missing, doubled, different, or a tag is TRL's alone without a known reason.
"""

import json
import math
import pathlib
import struct
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

OWN_GROUPS = {"env", "objective", "ppo", "tokens", "time", "judge"}

# Names of the PPOTrainer from TRL 0.12 on, beside or (False) in place of those of the older one.
NEWER = {
    "objective/kl": ("objective/kl", True), "objective/entropy": ("objective/entropy", True),
    "objective/scores": ("objective/scores", False), "objective/rlhf_reward": ("objective/rlhf_reward", False),
    "objective/non_score_reward": ("objective/non_score_reward", False), "ppo/policy/approxkl": ("policy/approxkl_avg", True),
    "ppo/policy/clipfrac": ("policy/clipfrac_avg", True), "ppo/policy/entropy": ("policy/entropy_avg", True),
    "ppo/loss/policy": ("loss/policy_avg", True), "ppo/loss/value": ("loss/value_avg", True),
    "ppo/val/clipfrac": ("val/clipfrac_avg", True), "ppo/policy/ratio": ("val/ratio", True),
    "ppo/val/num_eos_tokens": ("val/num_eos_tokens", False), "ppo/learning_rate": ("lr", True)}

# Why a quantity of TRL's is none of ours.
TRL_ALONE = {
    "train/epoch": "of PPO: episodes / prompts; Trefoil has train/episode",
    "train/eps": "whole episodes per second since the start; Trefoil has time/ppo/* and train/tokens_per_second",
    "train/val/ratio_var": "variance of the mini-batches' mean ratios; Trefoil has ppo/policy/ratio_max",
    "train/total_flos": "estimate of the Trainer, once at the end; not computed",
    "train/train_loss": "mean of all steps, once at the end",
    "train/train_runtime": "once at the end; Trefoil has run.json",
    "train/train_samples_per_second": "once at the end",
    "train/train_steps_per_second": "once at the end",
    "eval/runtime": "Trefoil has time/step and run.json",
    "eval/samples_per_second": "see eval/runtime",
    "eval/steps_per_second": "see eval/runtime",
    "eval/num_tokens": "tokens trained on until the evaluation: train/num_tokens of the same step",
    "eval/epoch": "train/epoch of the same step",
    "eval/min_reward": "mean over the evaluation's batches of each one's smallest score; Trefoil's scores.jsonl has all scores",
    "eval/max_reward": "see eval/min_reward",
    "train/entropy": "Trefoil's loss keeps no distribution: the head runs in chunks that give loss and gradient alone",
    "train/mean_token_accuracy": "see train/entropy",
    "eval/entropy": "see train/entropy",
    "eval/mean_token_accuracy": "see train/entropy",
    "eval/model_preparation_time": "of the Trainer",
}


def tags_of(metric):
    if metric.startswith("eval_"):
        return ["eval/" + metric[len("eval_"):]]
    group, slash, _ = metric.partition("/")
    plain = metric if slash and group in OWN_GROUPS else "train/" + metric
    newer, both = NEWER.get(metric, (None, True))
    return ([plain] if both else []) + (["train/" + newer] if newer else [])


def accumulated(folder):
    events = EventAccumulator(str(folder), size_guidance={"scalars": 0, "tensors": 0})
    events.Reload()
    return events


def check(stage, folder, faults):
    events = accumulated(folder)
    found = {tag: [(e.step, e.value) for e in events.Scalars(tag)] for tag in events.Tags()["scalars"]}
    wanted = {}
    for line in (stage / "metrics.jsonl").read_text().splitlines():
        row = json.loads(line)
        for name, value in row.items():
            if name != "step":
                number = math.nan if value is None else struct.unpack("f", struct.pack("f", value))[0]
                for tag in tags_of(name):
                    wanted.setdefault(tag, []).append((row["step"], number))
    for tag in sorted(wanted.keys() | found.keys()):
        ours, theirs = found.get(tag, []), wanted.get(tag, [])
        same = len(ours) == len(theirs) and all(
            a[0] == b[0] and (a[1] == b[1] or math.isnan(a[1]) and math.isnan(b[1])) for a, b in zip(ours, theirs))
        if not same:
            faults.append(f"{stage.name} {tag}: {len(ours)} events, wanted {len(theirs)} equal to metrics.jsonl")
    texts = [tag for tag in events.Tags()["tensors"] if tag.endswith("text_summary")]
    print(f"{stage.name}: {len(found)} tags, {sum(map(len, found.values()))} numbers, texts {texts}")
    return set(found)


def beside(stage, ours, logdir, faults):
    """Markdown: which tags both have, and which only one."""
    theirs = set()
    for file in sorted(logdir.rglob("*tfevents*")):  # trainers make folders of their own below the one that they are given
        theirs |= set(accumulated(file).Tags()["scalars"])
    alone = sorted(theirs - ours)
    faults += [f"{stage} {tag}: only TRL has it, and no reason is known" for tag in alone if tag not in TRL_ALONE]
    print(f"\n## {stage}\n\nBoth ({len(theirs & ours)} of TRL's {len(theirs)}): {', '.join(f'`{tag}`' for tag in sorted(theirs & ours))}\n")
    if alone:
        print("| only TRL | why |\n|---|---|")
        for tag in alone:
            print(f"| `{tag}` | {TRL_ALONE.get(tag, '')} |")
    print(f"\nOnly Trefoil ({len(ours - theirs)}): {', '.join(f'`{tag}`' for tag in sorted(ours - theirs))}")


def main():
    if len(sys.argv) not in (2, 4) or len(sys.argv) == 4 and sys.argv[2] != "--trl":
        sys.exit(__doc__)
    run = pathlib.Path(sys.argv[1])
    folders = sorted(path for path in (run / "tensorboard").iterdir() if path.is_dir())
    faults = []
    tags = {folder.name: check(run / folder.name, folder, faults) for folder in folders}
    for stage, ours in tags.items() if len(sys.argv) == 4 else ():
        beside(stage, ours, pathlib.Path(sys.argv[3]) / stage, faults)
    for fault in faults:
        print(fault)
    if faults or not folders:
        sys.exit(1)
    print("\nall numbers are there, once, and equal")


if __name__ == "__main__":
    main()
