package dev.trefoil.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class StageRecordTest {

    /** A key of all stages, false by default, which the files of the quickstart leave out. */
    private static final String KEY = "use_rslora";

    private static StageKind.Loaded load(StageKind kind, String... overrides) {
        return kind.load(Path.of("pipelines/quickstart", kind.key() + ".yaml"), List.of(overrides));
    }

    private static StageRecord record(String config, String settings) {
        return new StageRecord(
                "artifact", config, settings, "base", new TreeMap<>(), new TreeMap<>(), 1, Map.of(), List.of());
    }

    private static StageRecord record(StageKind.Loaded stage) {
        return record(stage.hash(), stage.yaml());
    }

    private static StageRecord other(StageKind kind) {
        return record(load(kind, "lora." + KEY + "=true"));
    }

    @ParameterizedTest
    @EnumSource(StageKind.class)
    void a_key_that_the_record_lacks_counts_as_its_default(StageKind kind) {
        StageKind.Loaded now = load(kind);
        String older = now.yaml().replaceAll("(?m)^ *" + KEY + ": false\n", "");
        assertThat(older).hasSizeLessThan(now.yaml().length());
        assertThat(record("older", older).changes(kind, record(now))).isEmpty();
        assertThat(record("older", older).changes(kind, other(kind)))
                .containsExactly("its configuration: lora." + KEY + " (false then, true now)");
    }

    @ParameterizedTest
    @EnumSource(StageKind.class)
    void what_differs_is_a_change(StageKind kind) {
        StageRecord then = other(kind);
        assertThat(then.changes(kind, then)).isEmpty();
        assertThat(then.changes(kind, record(load(kind))))
                .containsExactly("its configuration: lora." + KEY + " (true then, false now)");
    }

    @ParameterizedTest
    @EnumSource(StageKind.class)
    void a_key_of_another_version_is_a_change(StageKind kind) {
        StageRecord now = record(load(kind));
        StageRecord then = record("other", now.settings() + "unheard_of: 3\n");
        assertThat(then.changes(kind, now)).containsExactly("its configuration: unheard_of (3 then, absent now)");
        assertThat(record("other", null).changes(kind, now)).containsExactly("its configuration");
    }
}
