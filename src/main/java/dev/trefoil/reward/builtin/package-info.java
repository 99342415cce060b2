/**
 * The kinds of reward model that Trefoil opens by name: a lexicon, text rules, a Java class, an external process, an artifact of the
 * reward stage. May import the reward interface, the report's text helpers and Jackson. Read
 * {@link dev.trefoil.reward.builtin.RewardModels} first.
 */
package dev.trefoil.reward.builtin;
