package dev.trefoil.prepare;

import dev.trefoil.Survival;
import dev.trefoil.artifact.AtomicFiles;
import dev.trefoil.quant.Precision;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A base prepared from a GGUF file with a tokenizer in it, under random damage. */
class DamagedGgufTest {

    @TempDir
    private Path folder;

    @Test
    void gguf_with_a_tokenizer() throws IOException {
        List<String> tokens = Stream.concat(
                        Stream.of("<|end|>", "a", "b", "ab"),
                        IntStream.range(4, TinyLlama.VOCAB).mapToObj(i -> "<tool" + i + ">"))
                .toList();
        Path file = new TinyLlama(1)
                .gguf(0)
                .text("tokenizer.ggml.model", "gpt2")
                .text("tokenizer.ggml.pre", "gpt-2")
                .texts("tokenizer.ggml.tokens", tokens)
                .int32s(
                        "tokenizer.ggml.token_type",
                        IntStream.range(0, tokens.size())
                                .map(i -> i == 0 ? 3 : i < 4 ? 1 : 4)
                                .toArray())
                .texts("tokenizer.ggml.merges", List.of("a b"))
                .flag("tokenizer.ggml.add_bos_token", false)
                .text("tokenizer.chat_template", "{{ messages }}")
                .write(folder.resolve("model.gguf"));
        PrepareOptions options = PrepareOptions.of(Precision.INT8);
        Survival.ofFile(file, false, damaged -> {
            Path out = folder.resolve("out");
            AtomicFiles.deleteTree(out);
            Prepare.run(damaged, out, options, PrepareProgress.silent());
        });
    }
}
