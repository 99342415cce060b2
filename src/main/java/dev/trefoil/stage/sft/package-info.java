/**
 * The supervised stage: an adapter learns to predict texts, or completions of prompts.
 *
 * <p>May import everything below the stages. Read first: {@link dev.trefoil.stage.sft.SftStage}, whose loop fits on a screen, then
 * {@link dev.trefoil.stage.sft.SftLoss}.
 */
package dev.trefoil.stage.sft;
