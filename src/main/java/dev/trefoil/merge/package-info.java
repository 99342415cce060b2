/**
 * Adds adapters to the published weights they were trained on: {@code W + scaling * B A}, tensor by tensor, from 16- or 32-bit weights
 * and never from a rounded base.
 *
 * <p>Imports {@code artifact}, {@code adapter}, {@code family}, {@code prepare} and {@code model}. Read {@link
 * dev.trefoil.merge.Merge} first.
 */
package dev.trefoil.merge;
