"""What surface features alone know of pairs: the bar for a reward model, beside the rule that the longer answer is better.

    python pair_features.py --train .data/stackexchange/reward.jsonl --test .data/stackexchange/reward-test.jsonl

Counts in each answer (length, paragraphs, code, links, words shared with the question, ...), logarithms of them, and a logistic regression of the
difference chosen - rejected (Bradley and Terry 1952) with a ridge penalty, fitted by Newton's method. Needs numpy; a few seconds. Prints one JSON
object: accuracy on the test pairs with Wilson's 95 % interval, of each feature alone and of all together.
"""

import argparse
import json
import re

import numpy

from trl_reward_quality import longer, read, wilson

FEATURES = {
    "characters": lambda text, prompt: len(text),
    "words": lambda text, prompt: len(text.split()),
    "paragraphs": lambda text, prompt: text.count("\n\n"),
    "sentences": lambda text, prompt: len(re.findall(r"[.!?](?:\s|$)", text)),
    "code blocks": lambda text, prompt: text.count("```") + len(re.findall(r"(?m)^    \S", text)),
    "inline code": lambda text, prompt: len(re.findall(r"`[^`\n]+`", text)),
    "links": lambda text, prompt: len(re.findall(r"https?://", text)),
    "list items": lambda text, prompt: len(re.findall(r"(?m)^\s*(?:[-*+]|\d+[.)])\s", text)),
    "emphasis": lambda text, prompt: text.count("**") + text.count("_"),
    "digits": lambda text, prompt: sum(map(str.isdigit, text)),
    "question marks": lambda text, prompt: text.count("?"),
    "exclamation marks": lambda text, prompt: text.count("!"),
    "first person": lambda text, prompt: len(re.findall(r"\b(?:I|my|me|we|our)\b", text)),
    "second person": lambda text, prompt: len(re.findall(r"\b(?:you|your)\b", text, re.I)),
    "words of the prompt": lambda text, prompt: len(words(text) & words(prompt)),
    "different words": lambda text, prompt: len(words(text)),
}


def words(text):
    return set(re.findall(r"[a-z]{4,}", text.lower()))


def differences(rows):
    def values(answer, prompt):
        return [numpy.log1p(feature(answer, prompt)) for feature in FEATURES.values()]

    return numpy.array([numpy.subtract(values(row["chosen"], row["prompt"]), values(row["rejected"], row["prompt"])) for row in rows])


def fit(x, ridge, rounds=30):
    """Weights w that make sigmoid(x w) large, without an intercept: the order of a pair's sides is no information."""
    weights = numpy.zeros(x.shape[1])
    for _ in range(rounds):
        chance = 1 / (1 + numpy.exp(-x @ weights))
        gradient = x.T @ (1 - chance) - ridge * weights
        curvature = (x * (chance * (1 - chance))[:, None]).T @ x + ridge * numpy.eye(x.shape[1])
        weights = weights + numpy.linalg.solve(curvature, gradient)
    return weights


def accuracy(margins):
    share = float(numpy.mean((margins > 0) + 0.5 * (margins == 0)))
    return {"accuracy": round(share, 4), "interval": wilson(share, len(margins))}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--train", required=True, help="JSON lines with prompt, chosen and rejected")
    parser.add_argument("--test", required=True, help="the same, held out")
    parser.add_argument("--ridge", type=float, default=10.0, help="penalty on the squared weights of standardised features")
    options = parser.parse_args()
    train, test = read(options.train, None), read(options.test, None)
    x, held = differences(train), differences(test)
    scale = x.std(0) + 1e-9
    x, held = x / scale, held / scale
    alone = {name: accuracy(held[:, i] * numpy.sign(x[:, i].mean())) for i, name in enumerate(FEATURES)}
    weights = fit(x, options.ridge)
    print(json.dumps({
        "train_pairs": len(train), "test_pairs": len(test), "length_baseline_accuracy": longer(test), "length_baseline_train": longer(train),
        "all": accuracy(held @ weights), "all_on_train": accuracy(x @ weights),
        "weights": {name: round(float(weight), 3) for name, weight in zip(FEATURES, weights)}, "alone": alone}))


if __name__ == "__main__":
    main()
