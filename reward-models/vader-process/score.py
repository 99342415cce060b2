"""Reward process: VADER's compound score of the response. Protocol: ../README.md."""
import json
import sys

try:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer
except ImportError:
    sys.exit("the Python package vaderSentiment is missing for " + sys.executable + ": pip install vaderSentiment")


def main():
    analyzer = SentimentIntensityAnalyzer()
    for line in sys.stdin:
        request = json.loads(line)
        scores = []
        for sample in request["samples"]:
            polarity = analyzer.polarity_scores(sample["response"])
            scores.append({
                "score": polarity["compound"],
                "parts": {"positive": polarity["pos"], "negative": polarity["neg"]},
            })
        print(json.dumps({"id": request["id"], "scores": scores}), flush=True)


if __name__ == "__main__":
    main()
