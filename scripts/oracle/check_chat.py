"""python check_chat.py --tokenizer HF --case OUT [--template FILE ...] : what transformers renders, as a golden case.

`trefoil verify OUT` renders the same conversations through the same templates and compares texts, ids and, where a template has
generation blocks, which tokens the assistant says. Without --template the tokenizer's own template is taken. A conversation that a
template refuses is left out.
"""
import argparse
import os
import shutil
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")
import torch
from transformers import AutoTokenizer

from check_adapter import folder_of
from oracle_gen.common import fresh, write_case

SYSTEM = {"role": "system", "content": "Answer briefly, and never in verse."}
CHATS = {
    "question": [{"role": "user", "content": "Where is the cat?"}],
    "answered": [{"role": "user", "content": "  Count to 3 \n"}, {"role": "assistant", "content": "1, 2, 3"}],
    "system": [SYSTEM, {"role": "user", "content": "Привет 👋"}, {"role": "assistant", "content": "hello\nthere\n"},
               {"role": "user", "content": "Thanks <b>&amp;</b> 'bye' {{ x }} {% y %} \\n"},
               {"role": "assistant", "content": "You're \"welcome\"."}],
    "open": [SYSTEM, {"role": "user", "content": "Add 2 and 2."}, {"role": "assistant", "content": "4"},
             {"role": "user", "content": "And 3?"}],
    "thought": [{"role": "user", "content": "Is 7 prime?"},
                {"role": "assistant", "content": "<think>\nOnly 1 and 7 divide it.\n</think>\n\nYes."}],
    "tools": [{"role": "user", "content": "Weather in Graz?"}],
}
TOOLS = [{"type": "function", "function": {
    "name": "weather", "description": "The weather <now> & here.", "parameters": {
        "type": "object", "properties": {"place": {"type": "string", "description": "Where, e.g. 'Graz'"}},
        "required": ["place"]}}}]


def rendered(hf, name, source, masks):
    for chat, messages in CHATS.items():
        tools = TOOLS if chat == "tools" else None
        for prompt in (False, True):
            how = dict(chat_template=source, add_generation_prompt=prompt, tools=tools)
            try:
                text = hf.apply_chat_template(messages, tokenize=False, **how)
            except Exception as refused:  # what templates raise is theirs: any kind
                print(f"note: {name} refuses '{chat}': {str(refused).splitlines()[0][:100]}")
                continue
            row = {"messages": messages, "template": name, "add_generation_prompt": prompt, "text": text,
                   "ids": hf(text, add_special_tokens=False)["input_ids"]} | ({"tools": tools} if tools else {})
            if masks and not prompt and "endgeneration" in source:
                found = hf.apply_chat_template(messages, return_dict=True, return_assistant_tokens_mask=True, **how)
                row["assistant_mask"] = list(found["assistant_masks"])
            yield row


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--tokenizer", required=True, help="folder or name of a model with tokenizer.json")
    p.add_argument("--case", required=True, type=Path, help="folder to make; one that exists is replaced")
    p.add_argument("--template", action="append", type=Path, default=[], help="a .jinja file; may be repeated")
    args = p.parse_args()

    source = folder_of(args.tokenizer)
    hf = AutoTokenizer.from_pretrained(source)
    templates = {file.stem: file.read_text() for file in args.template} or {"own": hf.chat_template}
    if None in templates.values():
        p.error(f"{source}: has no chat template; give --template FILE")
    rows = [row for name, text in templates.items() for row in rendered(hf, name, text, hf.is_fast)]
    case = fresh(args.case)
    (case / "tokenizer").mkdir(parents=True, exist_ok=True)
    for name in ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "chat_template.jinja"):
        if (source / name).exists():
            shutil.copy(source / name, case / "tokenizer" / name)
    write_case(case, f"{source.name}: conversations through chat templates", {"unused": torch.zeros(1)},
               config={"kind": "chat", "vocab_size": len(hf), "bos": hf.bos_token, "eos": hf.eos_token, "pad": hf.pad_token,
                       "templates": templates},
               scalars={"encode": [], "chat": rows}, tolerance="exact", follows="transformers apply_chat_template")
    print(f"{args.case}: made, {len(rows)} texts; compare with: trefoil verify {args.case}")


if __name__ == "__main__":
    main()
