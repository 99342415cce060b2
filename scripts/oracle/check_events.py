#!/usr/bin/env python3
"""Reads event files with TensorBoard itself and holds them against metrics.jsonl.

Run, with `pip install tensorboard` in an environment of your own:
    python3 scripts/oracle/check_events.py RUN [TRL_LOGDIR...]
RUN is the folder of a run with report_to: [tensorboard], such as runs/quickstart. Every number of each stage's metrics.jsonl must be there
under its tag, at its step, once, as a 32-bit float. Each TRL_LOGDIR is a folder in which TRL's own trainers have written event files: their
tags are listed beside ours. Exit code 1 when something is missing, doubled or different.
"""

import json
import math
import pathlib
import struct
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

OWN_GROUPS = {"env", "objective", "ppo", "tokens", "time", "judge"}


def tag_of(metric):
    if metric.startswith("eval_"):
        return "eval/" + metric[len("eval_"):]
    group, slash, _ = metric.partition("/")
    return metric if slash and group in OWN_GROUPS else "train/" + metric


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
                wanted.setdefault(tag_of(name), []).append((row["step"], number))
    for tag in sorted(wanted.keys() | found.keys()):
        ours, theirs = found.get(tag, []), wanted.get(tag, [])
        same = len(ours) == len(theirs) and all(
            a[0] == b[0] and (a[1] == b[1] or math.isnan(a[1]) and math.isnan(b[1])) for a, b in zip(ours, theirs))
        if not same:
            faults.append(f"{stage.name} {tag}: {len(ours)} events, wanted {len(theirs)} equal to metrics.jsonl")
    texts = [tag for tag in events.Tags()["tensors"] if tag.endswith("text_summary")]
    print(f"{stage.name}: {len(found)} tags, {sum(map(len, found.values()))} numbers, texts {texts}")
    return set(found)


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    run = pathlib.Path(sys.argv[1])
    folders = sorted(path for path in (run / "tensorboard").iterdir() if path.is_dir())
    faults, tags = [], set()
    for folder in folders:
        tags |= check(run / folder.name, folder, faults)
    for logdir in sys.argv[2:]:
        # Trainers make folders of their own below the one that they are given.
        theirs = set()
        for file in pathlib.Path(logdir).rglob("*tfevents*"):
            theirs |= set(accumulated(file).Tags()["scalars"])
        print(f"{logdir}\n  same as ours: {sorted(theirs & tags)}\n  theirs only: {sorted(theirs - tags)}")
    for fault in faults:
        print(fault)
    if faults or not folders:
        sys.exit(1)
    print("all numbers are there, once, and equal")


if __name__ == "__main__":
    main()
