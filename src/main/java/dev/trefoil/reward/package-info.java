/**
 * The reward-model interface: texts in, numbers out. Imports the JDK only, so that a reward written by somebody else needs
 * nothing but these few types. Read {@link dev.trefoil.reward.RewardModel} first.
 */
package dev.trefoil.reward;
