"""Reward process without dependencies: close to 12 words, few repeats. Copy it and change score(). Protocol: ../README.md."""
import json
import sys

WANTED_WORDS = 12


def score(prompt, response):
    words = response.lower().split()
    if not words:
        return {"score": -1.0}
    length = 1.0 - min(1.0, abs(len(words) - WANTED_WORDS) / WANTED_WORDS)
    variety = len(set(words)) / len(words)
    return {"score": length * variety, "parts": {"length": length, "variety": variety}}


def main():
    for line in sys.stdin:
        request = json.loads(line)
        scores = [score(sample["prompt"], sample["response"]) for sample in request["samples"]]
        print(json.dumps({"id": request["id"], "scores": scores}), flush=True)


if __name__ == "__main__":
    main()
