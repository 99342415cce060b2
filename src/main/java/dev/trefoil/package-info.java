/**
 * Trefoil: three staged pipelines (sft, reward, ppo) over one frozen 8-bit base.
 *
 * <p>A package imports lower levels only; {@code PackageLayoutTest} lists the levels and holds the direction.
 */
package dev.trefoil;
