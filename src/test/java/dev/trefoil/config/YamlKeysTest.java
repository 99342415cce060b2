package dev.trefoil.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class YamlKeysTest {

    @Test
    void values_stand_by_their_whole_keys_as_they_were_written() {
        assertThat(YamlKeys.of("optim:\n  rate: 1.50e-5\n  modules: [q, 'v']\nnote:\n"))
                .containsExactly(
                        entry("note", ""),
                        entry("optim.modules[0]", "q"),
                        entry("optim.modules[1]", "v"),
                        entry("optim.rate", "1.50e-5"));
    }

    /** A list that holds itself, one that doubles with each line, a key that is no text, no YAML at all. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "a: &a [*a]",
                "a: &a [x, x]\nb: &b [*a, *a]",
                "? [a, b]\n: c",
                "a: [",
                "- a: \u0007",
                "a: \"\\u",
                "a: \"\\UFFFFFFFF\""
            })
    void what_no_configuration_holds_gives_no_keys(String yaml) {
        assertThat(YamlKeys.of(yaml)).isEmpty();
    }
}
