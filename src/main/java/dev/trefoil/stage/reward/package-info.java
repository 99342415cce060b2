/**
 * The reward stage: a score head and an adapter learn from preference pairs which of two texts is the better one.
 *
 * <p>May import everything below the stages. Read first: {@code RewardStage.run}, then {@link
 * dev.trefoil.stage.reward.PairwiseLoss}.
 */
package dev.trefoil.stage.reward;
