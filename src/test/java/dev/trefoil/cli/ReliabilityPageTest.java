package dev.trefoil.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trefoil.doctor.Advice;
import dev.trefoil.doctor.Rules;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** docs/reliability.md names tests that exist, every rule as it is, and all 24 failures. */
class ReliabilityPageTest {

    private static final Path PAGE = Path.of("docs/reliability.md");
    private static final Pattern TEST = Pattern.compile("`(\\w*Test|\\w+CaseTest)?(?:\\.(\\w+))?`");

    private static Map<String, String> sources() throws IOException {
        try (Stream<Path> files = Files.walk(Path.of("src/test/java"))) {
            return files.filter(file -> file.toString().endsWith("Test.java"))
                    .collect(Collectors.toMap(
                            file -> file.getFileName().toString().replace(".java", ""), ReliabilityPageTest::text));
        }
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException failed) {
            throw new IllegalStateException(failed);
        }
    }

    @Test
    void named_tests_exist() throws IOException {
        Map<String, String> sources = sources();
        int found = 0;
        for (String line : Files.readAllLines(PAGE)) {
            String owner = "";
            Matcher names = TEST.matcher(line);
            while (names.find()) {
                owner = names.group(1) == null ? owner : names.group(1);
                if (!owner.isEmpty()) {
                    found++;
                    assertThat(sources).containsKey(owner);
                    assertThat(names.group(2) == null ? "" : "void " + names.group(2) + "(")
                            .as(owner + " in: " + line)
                            .satisfies(method -> assertThat(method.isEmpty()
                                            || sources.get(ownerOf(names.toMatchResult(), line))
                                                    .contains(method))
                                    .isTrue());
                }
            }
        }
        assertThat(found).isGreaterThan(40);
    }

    /** The class of a test that is given by its method alone is the last one named before it. */
    private static String ownerOf(MatchResult name, String line) {
        String owner = "";
        Matcher names = TEST.matcher(line);
        while (names.find() && names.start() <= name.start()) {
            owner = names.group(1) == null ? owner : names.group(1);
        }
        return owner;
    }

    @Test
    void rules_stand_as_they_are() {
        String page = text(PAGE);
        for (Advice rule : Rules.all()) {
            assertThat(page)
                    .contains("| `" + rule.name() + "` | "
                            + rule.severity().name().toLowerCase(Locale.ROOT) + " | " + rule.cause() + " | "
                            + rule.fix() + " | " + rule.source() + " |");
        }
    }

    @Test
    void all_failures_have_a_test() {
        assertThat(text(PAGE).lines().filter(line -> line.matches("\\| \\d+ \\|.*Test.*")))
                .hasSize(24);
    }
}
