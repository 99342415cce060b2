/**
 * The stage before the three: a small LLaMA or GPT-2 trained from scratch, all weights, causal language modelling. It makes the base
 * that the quickstart runs on. Read {@link dev.trefoil.stage.pretrain.PretrainStage}.
 */
package dev.trefoil.stage.pretrain;
