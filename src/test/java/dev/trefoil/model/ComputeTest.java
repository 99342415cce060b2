package dev.trefoil.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.trefoil.TinyBase;
import dev.trefoil.kernel.ComputeDevice;
import dev.trefoil.kernel.Kernels;
import dev.trefoil.quant.Precision;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ComputeTest {

    @Test
    void auto_is_bfloat16_where_the_processor_multiplies_in_it() {
        Compute here = Kernels.multipliesBfloat16() ? Compute.BF16 : Compute.FP32;
        assertThat(EngineConfig.defaults().compute()).isEqualTo(Compute.AUTO);
        assertThat(EngineConfig.defaults().decided())
                .isEqualTo(EngineConfig.defaults().with(here));
    }

    @Test
    void a_device_has_it() {
        EngineConfig engine = EngineConfig.defaults().with(ComputeDevice.CUDA);
        assertThat(engine.decided().compute()).isEqualTo(Compute.BF16);
    }

    @Test
    void what_is_asked_for_stays() {
        assertThat(EngineConfig.parity().decided()).isEqualTo(EngineConfig.parity());
        EngineConfig bfloat16 = EngineConfig.defaults().with(Compute.BF16);
        assertThat(bfloat16.decided()).isEqualTo(bfloat16);
    }

    @Test
    void a_base_computes_in_what_was_decided(@TempDir Path folder) {
        EngineConfig engine = EngineConfig.defaults();
        try (SharedBase base = SharedBase.open(TinyBase.prepare(folder, Precision.INT8), engine)) {
            assertThat(base.engine()).isEqualTo(engine.decided());
        }
    }

    @Test
    void a_processor_without_it_is_remarked_on() {
        EngineConfig asked = EngineConfig.defaults().with(Compute.BF16);
        if (Kernels.multipliesBfloat16()) {
            assertThat(EngineConfig.defaults().computeRemark()).isEmpty();
            assertThat(asked.computeRemark()).isEmpty();
        } else {
            assertThat(EngineConfig.defaults().computeRemark())
                    .hasValueSatisfying(line -> assertThat(line).contains("auto is fp32"));
            assertThat(asked.computeRemark())
                    .hasValueSatisfying(line -> assertThat(line).contains("ten times"));
        }
        assertThat(EngineConfig.parity().computeRemark()).isEmpty();
    }

    @Test
    void undecided_it_has_no_width() {
        assertThatIllegalStateException().isThrownBy(Compute.AUTO::bytes).withMessageContaining("not decided");
    }
}
