"""One work of another program, in the shape that `trefoil bench` measured; prints one JSON object.

    python anchor.py WORK --shape JSON --texts FILE --model FOLDER --dtype bf16 ...

The shape has the keys of `trefoil config explain bench`. Times cover what trefoil's cover: a whole optimiser step, a whole PPO step,
a whole generation, a whole forward pass.
"""

import argparse
import contextlib
import importlib
import importlib.metadata
import json
import os
import statistics
import sys
import warnings

WORKS = {
    "sft": ("trl_steps", "sft"),
    "reward": ("trl_steps", "reward"),
    "ppo": ("trl_ppo", "ppo"),
    "generate": ("transformers_passes", "generate"),
    "prefill": ("transformers_passes", "prefill"),
    "llamacpp": ("llamacpp_pass", "generate"),
}
PACKAGES = ("torch", "transformers", "trl", "peft", "bitsandbytes", "llama_cpp_python")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("work", choices=sorted(WORKS))
    parser.add_argument("--shape", required=True, type=json.loads, help="as trefoil bench --json prints it")
    parser.add_argument("--texts", required=True, help="JSON lines with a key text")
    parser.add_argument("--model", help="folder of a published checkpoint")
    parser.add_argument("--gguf", help="model file of llama.cpp")
    parser.add_argument("--dtype", choices=("bf16", "fp32", "int8"), default="bf16", help="int8: bitsandbytes, bf16 around it")
    parser.add_argument("--checkpointing", action="store_true", help="gradient checkpointing: slower, less memory")
    parser.add_argument("--warmup", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--trl-path", help="folder with another trl, for one that still has PPO (1.12.0)")
    return parser.parse_args()


def quiet():
    """No network, no progress bars, no accelerator, no advice."""
    os.environ.update(
        HF_HUB_OFFLINE="1", TRANSFORMERS_VERBOSITY="error", TOKENIZERS_PARALLELISM="false", TQDM_DISABLE="1",
        HF_DATASETS_DISABLE_PROGRESS_BARS="1", CUDA_VISIBLE_DEVICES="", TRL_EXPERIMENTAL_SILENCE="1")
    warnings.filterwarnings("ignore")


def versions():
    found = {"python": sys.version.split()[0]}
    for package in PACKAGES:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found[package] = importlib.metadata.version(package)
    if "trl" in sys.modules:
        found["trl"] = sys.modules["trl"].__version__
    return found


def main():
    options = arguments()
    quiet()
    if options.trl_path:
        sys.path.insert(0, options.trl_path)
    module, function = WORKS[options.work]
    with contextlib.redirect_stdout(sys.stderr):
        measure = getattr(importlib.import_module(module), function)
        unit, tokens, seconds = measure(options)
    median = statistics.median(seconds)
    weights = os.path.basename(options.gguf) if options.gguf else options.dtype
    print(json.dumps({
        "work": options.work, "shape": options.shape, "weights": weights, "unit": unit, "tokens": tokens, "warmup": options.warmup,
        "seconds": seconds, "best_s": min(seconds), "median_s": median, "tokens_per_s": tokens / median, "threads": options.threads,
        "versions": versions()}))


if __name__ == "__main__":
    main()
