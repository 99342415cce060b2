/**
 * The arithmetic of PPO on plain arrays, no engine: masked statistics, whitening, KL estimators and controllers, rewards,
 * generalised advantage estimation, the clipped losses with their gradients, and running statistics of scores.
 *
 * <p>Imports nothing but the JDK. Arrays are {@code [batch, time]}; a mask is {@code true} where an entry counts. Two eras of
 * TRL are covered: {@code CLASSIC} (v0.4 to v0.11) and {@code V1} (v1.0, {@code trl/experimental/ppo}); they differ in masks, in
 * where the score lands and in a few means.
 *
 * <p>Read first: {@link dev.trefoil.rl.Trajectory}, then {@link dev.trefoil.rl.Rewards}, {@link dev.trefoil.rl.Advantages} and
 * {@link dev.trefoil.rl.PpoLoss}, in the order in which a step uses them.
 */
package dev.trefoil.rl;
