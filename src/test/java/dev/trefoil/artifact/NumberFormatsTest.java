package dev.trefoil.artifact;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class NumberFormatsTest {

    @Test
    void everyHalfSurvivesTheRoundTrip() {
        for (int bits = 0; bits < 65536; bits++) {
            float value = NumberFormats.fromHalf((short) bits);
            if (Float.isNaN(value)) {
                assertThat(NumberFormats.fromHalf(NumberFormats.toHalf(value))).isNaN();
            } else {
                assertThat(NumberFormats.toHalf(value)).isEqualTo((short) bits);
            }
        }
    }

    @Test
    void roundsHalfToEven() {
        assertThat(NumberFormats.fromHalf(NumberFormats.toHalf(2049))).isEqualTo(2048);
        assertThat(NumberFormats.fromHalf(NumberFormats.toHalf(2051))).isEqualTo(2052);
        assertThat(NumberFormats.fromHalf(NumberFormats.toHalf(65519.99f))).isEqualTo(65504);
        assertThat(NumberFormats.fromHalf(NumberFormats.toHalf(65520))).isEqualTo(Float.POSITIVE_INFINITY);
        assertThat(NumberFormats.fromHalf(NumberFormats.toHalf(-1e9f))).isEqualTo(Float.NEGATIVE_INFINITY);
        assertThat(NumberFormats.toHalf(0x1p-25f)).isZero();
        assertThat(NumberFormats.fromHalf(NumberFormats.toHalf(0x1.8p-24f))).isEqualTo(0x1p-23f);
        assertThat(NumberFormats.toBfloat16(1 + 0x1p-8f)).isEqualTo(NumberFormats.toBfloat16(1));
        assertThat(NumberFormats.fromBfloat16(NumberFormats.toBfloat16(1 + 0x1.8p-7f)))
                .isEqualTo(1 + 0x1p-6f);
        assertThat(NumberFormats.fromBfloat16(NumberFormats.toBfloat16(Float.NaN)))
                .isNaN();
        assertThat(NumberFormats.fromBfloat16(NumberFormats.toBfloat16(Float.NEGATIVE_INFINITY)))
                .isEqualTo(Float.NEGATIVE_INFINITY);
    }
}
