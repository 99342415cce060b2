package dev.trefoil;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trefoil.quant.BaseStore;
import dev.trefoil.quant.Precision;
import dev.trefoil.token.Tokenizer;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TinyBaseTest {

    @Test
    void is_prepared_with_its_tokenizer(@TempDir Path folder) {
        Path base = TinyBase.prepare(folder);
        try (BaseStore store = BaseStore.open(base);
                Tokenizer tokenizer = Tokenizer.open(base)) {
            assertThat(store.config().precision()).isEqualTo(Precision.FP32);
            assertThat(store.config().shape().layers()).isEqualTo(TinyBase.LAYERS);
            assertThat(tokenizer.decode(
                            tokenizer.encode("The film is good.", true).ids(), true))
                    .isEqualTo("The film is good.");
            assertThat(tokenizer.eos()).isZero();
        }
    }
}
