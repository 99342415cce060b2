/**
 * Model families: how a published checkpoint names its weights and spells its configuration, mapped to the canonical layout of a
 * base store. A family is a table of names and a few switches; the computation is the same for all.
 *
 * <p>Imports {@code quant} and {@code adapter}. Read {@link dev.trefoil.family.Family} first.
 */
package dev.trefoil.family;
