package dev.trefoil.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the README tells people to type is understood, and what it points to is there. */
class ReadmeTest {

    private static final Path README = Path.of("README.md");
    private static final String PROGRAM = "scripts/trefoil ";

    static Stream<String> commands() throws IOException {
        return Files.readAllLines(README).stream()
                .map(String::strip)
                .filter(line -> line.startsWith(PROGRAM))
                .map(line -> line.substring(PROGRAM.length())
                        .replaceFirst("( #| \\|).*", "")
                        .strip());
    }

    @ParameterizedTest
    @MethodSource("commands")
    void commands_are_understood(String command) {
        assertThatCode(() -> Trefoil.commandLine().parseArgs(command.split(" +")))
                .as(command)
                .doesNotThrowAnyException();
    }

    @Test
    void there_are_commands_and_all_are_in_the_table() throws IOException {
        assertThat(commands()).hasSizeGreaterThan(5);
        String readme = Files.readString(README);
        for (String command : Trefoil.commandLine().getSubcommands().keySet()) {
            assertThat(readme).as(command).containsPattern("(?m)^\\|.*`" + command + "[ `]");
        }
    }

    @Test
    void links_and_scripts_are_there() throws IOException {
        String readme = Files.readString(README);
        List<String> paths = Stream.of(
                        "\\]\\(([^)#:]+)\\)", "(scripts/[a-z-]+)", "(pipelines/[a-z0-9-]+/[a-z-]+\\.yaml)")
                .flatMap(form -> Pattern.compile(form).matcher(readme).results())
                .map((MatchResult found) -> found.group(1))
                .distinct()
                .toList();
        assertThat(paths)
                .isNotEmpty()
                .allSatisfy(path -> assertThat(Path.of(path)).exists());
    }
}
