package dev.trefoil.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigWriterTest {

    @TempDir
    Path folder;

    private static Example example() {
        Map<String, Object> options = new LinkedHashMap<>();
        options.put("text", "1");
        options.put("whole", 3L);
        options.put("part", 0.1);
        options.put("none", null);
        options.put("list", List.of("a: b", true, List.of(1L), Map.of("k", -2L)));
        options.put("odd key: #", "line\nbreak \"q\" \\ \t ü \u2028 \uD83D\uDE00 " + (char) 7);
        return new Example(
                Path.of("runs/base 1"),
                new Example.Optim(1.41e-5, 7, null, List.of("all-linear", "*")),
                Example.Ppo.defaults(),
                new Example.Eval(3, Path.of("/data/x.jsonl")),
                List.of(new Example.Stage("sft", null, 4, 2), new Example.Stage("no", "#x", null, 1)),
                options,
                Map.of("w", 1e-7),
                Bytes.parse("1.5GB"),
                "",
                null);
    }

    @Test
    void writtenRecordReadsBackEqual() throws IOException {
        String yaml = ConfigWriter.toYaml(example());
        Path file = Files.writeString(folder.resolve("config.yaml"), yaml);
        Example back = ConfigReader.read(file, Example.class);
        assertThat(back).isEqualTo(example());
        assertThat(ConfigWriter.hash(back)).isEqualTo(ConfigWriter.hash(example()));
        assertThat(yaml)
                .startsWith(
                        "# Folder of the base.\nbase: \"runs/base 1\"\n# Settings of the optimiser.\noptim:\n  # Step size.\n"
                                + "  learning_rate: 1.41e-5\n")
                .contains("\nmemory: 1500000000\n");
    }

    @Test
    void pathBesideItsFileKeepsItsMeaningElsewhere() throws IOException {
        Files.writeString(folder.resolve("a.yaml"), "base: b\nprompts: p.txt\n");
        Example read = ConfigReader.read(folder.resolve("a.yaml"), Example.class);
        Path kept = Files.createDirectories(folder.resolve("runs")).resolve("config.yaml");
        Files.writeString(kept, ConfigWriter.toYaml(read));
        Example back = ConfigReader.read(kept, Example.class);
        assertThat(back.prompts()).isEqualTo(folder.resolve("p.txt"));
        assertThat(ConfigWriter.hash(back)).isEqualTo(ConfigWriter.hash(read));
        record Beside(@BesideFile Path file) {}
        assertThat(ConfigWriter.canonical(new Beside(Path.of("a/b.txt").toAbsolutePath())))
                .isEqualTo(ConfigWriter.canonical(new Beside(Path.of("a/../a/b.txt"))))
                .isEqualTo("file: a/b.txt\n");
    }

    @Test
    void hashDependsOnValuesOnly() {
        record One(@Doc("x") int a, String b) {}
        record Other(String b, @Doc("another text") int a) {}
        assertThat(ConfigWriter.canonical(new One(1, "t"))).isEqualTo("a: 1\nb: t\n");
        assertThat(ConfigWriter.hash(new One(1, "t"))).isEqualTo(ConfigWriter.hash(new Other("t", 1)));
        assertThat(ConfigWriter.hash(new One(2, "t"))).isNotEqualTo(ConfigWriter.hash(new One(1, "t")));
        assertThat(ConfigWriter.hash(new One(1, "1"))).hasSize(64).matches("[0-9a-f]+");
    }

    @Test
    void numbersAreShort() {
        assertThat(List.of(6.0, 2e-4, 0.95, 1e20, 0.001, 1.41e-5, 0.1 + 0.2, 123456.5, 0.0, -0.5))
                .extracting(Numbers::text)
                .containsExactly(
                        "6.0",
                        "2.0e-4",
                        "0.95",
                        "1.0e+20",
                        "0.001",
                        "1.41e-5",
                        "0.30000000000000004",
                        "123456.5",
                        "0.0",
                        "-0.5");
        for (double value :
                new double[] {Double.MIN_VALUE, Double.MAX_VALUE, Math.PI, 1.0 / 3, 2.2250738585072014E-308}) {
            assertThat(Double.parseDouble(Numbers.text(value))).isEqualTo(value);
        }
    }

    @Test
    void explainShowsPathTypeDefaultAndHelp() {
        String all = ConfigExplain.text(Example.class);
        assertThat(all)
                .contains("base  path, required\n    Folder of the base.\n")
                .contains("optim.learning_rate  number > 0, default 2e-4\n    Step size.\n")
                .contains("ppo.kl.controller  fixed | adaptive-linear, default adaptive-linear\n")
                .contains("eval  section, absent by default\n")
                .contains("eval.every  whole number, default 50\n")
                .contains("stages  list of section, default []\n")
                .contains("stages[].epochs  whole number, required\n")
                .contains("memory  bytes, default 24GiB\n");
        assertThat(ConfigExplain.text(Example.class, "ppo.kl").lines().filter(line -> !line.startsWith(" ")))
                .hasSize(4)
                .allMatch(line -> line.startsWith("ppo.kl"));
        assertThatThrownBy(() -> ConfigExplain.text(Example.class, "ppo.kll"))
                .hasMessage("ppo.kll: unknown key; did you mean ppo.kl?");
    }

    @Test
    void sizesReadBack() {
        assertThat(Bytes.parse("24GiB").count()).isEqualTo(24L << 30);
        assertThat(Bytes.parse("1.5GB").count()).isEqualTo(1_500_000_000L);
        assertThat(Bytes.parse("512 MiB")).hasToString("512MiB");
        assertThat(Bytes.parse("1000")).hasToString("1000");
        assertThat(Bytes.parse("0").count()).isZero();
        assertThatThrownBy(() -> Bytes.parse("-1GiB")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Bytes.parse("99999999999TiB")).isInstanceOf(IllegalArgumentException.class);
        assertThat(Bytes.parse(new Bytes(Long.MAX_VALUE).toString()).count()).isEqualTo(Long.MAX_VALUE);
    }
}
