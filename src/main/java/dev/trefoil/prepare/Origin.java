package dev.trefoil.prepare;

import dev.trefoil.quant.BaseConfig;
import dev.trefoil.quant.Blueprint;
import dev.trefoil.quant.RowSource;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** A published checkpoint, opened. */
interface Origin extends Closeable {

    Blueprint blueprint();

    /** huggingface or gguf. */
    String kind();

    /** Number formats of the weights, for the record. */
    String dtype();

    /** The files that make up the checkpoint's weights and configuration; all are hashed. */
    List<Path> files();

    /**
     * Checks that all weights are there with the right shapes and in formats that can be read.
     *
     * @return published tensors that are left out
     */
    List<String> check(BaseConfig config);

    /** Rows of a canonical tensor. */
    RowSource rows(String canonical);

    /** Puts tokenizer.json and its companions into a folder, and the head of a sequence classifier, if it is one. */
    void writeTokenizer(Path folder) throws IOException;

    @Override
    void close();
}
