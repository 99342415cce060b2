/**
 * LoRA adapters over a frozen base: configuration, target matching, flat parameter buffers, stacks of adapters for the
 * kernels, and PEFT files. Plain Java on direct buffers; the engine maps the same memory. Read {@link
 * dev.trefoil.adapter.LoraAdapter} first. May import {@code artifact} and {@code rl}.
 */
package dev.trefoil.adapter;
