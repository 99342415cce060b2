/**
 * Proximal policy optimisation over one base: the policy is the supervised adapter with a trained one on top, the reference is
 * the same stack with the trained one switched off, values are read from the policy's hidden states by a small head.
 *
 * <p>Imports everything below but the other stages. Read first: {@link dev.trefoil.stage.ppo.PpoStage}, whose {@code run} is the
 * loop; then {@link dev.trefoil.stage.ppo.PpoUpdate}, one rollout's reading and its epochs; the formulas are in {@code
 * dev.trefoil.rl}.
 */
package dev.trefoil.stage.ppo;
