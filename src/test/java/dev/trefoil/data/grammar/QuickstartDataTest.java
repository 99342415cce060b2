package dev.trefoil.data.grammar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.trefoil.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QuickstartDataTest {

    private static final Path COMMITTED = Path.of("pipelines", "quickstart", "data");

    @TempDir
    private Path folder;

    @Test
    void the_committed_files_are_what_the_grammar_writes() throws IOException {
        QuickstartData.write(folder);
        try (Stream<Path> files = Files.list(folder)) {
            List<Path> written = files.toList();
            assertThat(written).hasSize(6);
            for (Path file : written) {
                assertThat(COMMITTED.resolve(file.getFileName())).hasSameBinaryContentAs(file);
            }
        }
    }

    @Test
    void held_out_rows_are_not_in_the_training_files() throws IOException {
        for (String name : List.of("reviews", "pairs")) {
            Set<String> training = new HashSet<>(Files.readAllLines(COMMITTED.resolve(name + ".jsonl")));
            assertThat(Files.readAllLines(COMMITTED.resolve(name + "-heldout.jsonl")))
                    .doesNotContainAnyElementsOf(training);
        }
    }

    @Test
    void rows_have_the_columns_of_their_stage() throws IOException {
        assertThat(columns("reviews.jsonl")).containsExactly("text", "label");
        assertThat(columns("pairs.jsonl")).containsExactly("prompt", "chosen", "rejected");
        assertThat(columns("prompts.jsonl")).containsExactly("prompt");
    }

    @Test
    void a_folder_that_cannot_be_written_is_named() throws IOException {
        Path file = Files.createFile(folder.resolve("taken"));
        assertThatThrownBy(() -> QuickstartData.write(file))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("taken");
    }

    private static List<String> columns(String name) throws IOException {
        String first = Files.readAllLines(COMMITTED.resolve(name)).get(0);
        List<String> columns = new ArrayList<>();
        new ObjectMapper().readTree(first).fieldNames().forEachRemaining(columns::add);
        return columns;
    }
}
