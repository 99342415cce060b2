"""What surface features alone know of pairs: the bar for a reward model, beside the rule that the longer answer is better.

    python pair_features.py --train .data/stackexchange/reward.jsonl --test .data/stackexchange/reward-test.jsonl

Counts in each answer (length, paragraphs, code, links, words shared with the question, ...), logarithms of them, and a logistic regression of the
difference chosen - rejected (Bradley and Terry 1952) with a ridge penalty, fitted by Newton's method. Needs numpy; a few seconds. Prints one JSON
object: accuracy on the test pairs with Wilson's 95 % interval, of each feature alone and of all together. With --scores, the scores.jsonl of a
trefoil reward stage or of trl_reward_quality.py on the same test file, also where the model and the length rule part, and whether the score adds
something to the length (five folds of the test pairs, pairs of one prompt in one fold).
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


def beside_length(rows, scores):
    margins = numpy.array([one["chosen"] - one["rejected"] for one in scores])
    lengths = numpy.array([numpy.log1p(len(row["chosen"])) - numpy.log1p(len(row["rejected"])) for row in rows])
    groups = {"longer chosen": lengths > 0, "shorter chosen": lengths < 0, "lengths within a factor of 1.5": abs(lengths) < numpy.log(1.5)}
    found = {name: {"pairs": int(group.sum()), "score": accuracy(margins[group]), "length": accuracy(lengths[group])}
             for name, group in groups.items() if group.any()}
    x = numpy.stack([margins / margins.std(), lengths / lengths.std()], 1)
    places = {prompt: place for place, prompt in enumerate(dict.fromkeys(row["prompt"] for row in rows))}
    folds = numpy.array([places[row["prompt"]] % 5 for row in rows])
    together = numpy.concatenate([x[folds == fold] @ fit(x[folds != fold], 1.0) for fold in range(5)])
    return dict(found, score=accuracy(margins), length=accuracy(lengths), score_and_length=accuracy(together))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--train", required=True, help="JSON lines with prompt, chosen and rejected")
    parser.add_argument("--test", required=True, help="the same, held out")
    parser.add_argument("--ridge", type=float, default=10.0, help="penalty on the squared weights of standardised features")
    parser.add_argument("--scores", help="a reward model's scores of the test pairs")
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
        "weights": {name: round(float(weight), 3) for name, weight in zip(FEATURES, weights)}, "alone": alone,
        **({"scores": beside_length(test, read(options.scores, None))} if options.scores else {})}))


if __name__ == "__main__":
    main()
