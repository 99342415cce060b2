"""Reward program @NAME@: change score(). One JSON object a line comes in, one goes out; messages go to stderr."""
import json
import sys


def score(prompt, response, metadata):
    """A number, the larger the better. A template: up to 20 words are good, exclamation marks are not."""
    words = min(len(response.split()), 20) / 20
    return words - 0.5 * response.count("!")


def main():
    for line in sys.stdin:
        request = json.loads(line)
        scores = [score(s["prompt"], s["response"], s["metadata"]) for s in request["samples"]]
        print(json.dumps({"id": request["id"], "scores": scores}), flush=True)


if __name__ == "__main__":
    main()
