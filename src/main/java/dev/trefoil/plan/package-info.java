/**
 * How much memory a stage takes at each of its moments, computed from sizes alone, before any weight is read.
 *
 * <p>Read {@link dev.trefoil.plan.MemoryPlanner} first; {@link dev.trefoil.plan.BlockMemory} has the sizes of one decoder block, which
 * follow the tensors that src/main/resources/kernels keeps. May import what lies below; free of the engine.
 */
package dev.trefoil.plan;
