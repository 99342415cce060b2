/**
 * Parity: runs folders of golden numbers, in the format of the oracle, through Trefoil and reports each quantity's largest
 * deviation beside its tolerance.
 *
 * <p>May import every package but the command line. Read first: {@link dev.trefoil.verify.Verify}, then {@link
 * dev.trefoil.verify.GoldenCase} and {@link dev.trefoil.verify.CaseCheck}.
 */
package dev.trefoil.verify;
