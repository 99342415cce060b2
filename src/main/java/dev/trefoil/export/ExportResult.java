package dev.trefoil.export;

import java.nio.file.Path;

/**
 * A GGUF file.
 *
 * @param architecture as llama.cpp calls it
 * @param hasTokenizer whether it can turn text into tokens; an adapter never can
 */
public record ExportResult(Path file, long bytes, String architecture, int tensors, boolean hasTokenizer) {}
