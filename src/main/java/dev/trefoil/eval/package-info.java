/**
 * Evaluation results as value objects that can print themselves: perplexity, the quality of a reward model, the variety of texts.
 * The only package that imports Tribuo; statistics come from Commons Math. Read {@link dev.trefoil.eval.RewardEvaluation}
 * first.
 */
package dev.trefoil.eval;
