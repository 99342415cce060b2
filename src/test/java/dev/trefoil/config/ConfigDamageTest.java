package dev.trefoil.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trefoil.UserError;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever is done to a file, it is read or refused with a message that names it; nothing else is thrown. */
class ConfigDamageTest {

    private static final String TEXT = """
            base: b
            optim: &o
              learning_rate: 1.5e-5
              steps: 1_000
              target_modules: [q, 'v', "o"]
            ppo:
              kl: {controller: adaptive_linear, target: 3}
              whiten: false
            stages:
              - {kind: sft, class: A, epochs: 1}
              - kind: ppo
                seed: 7
                epochs: 2
            options: {a: 1, b: 0.5, c: [1, {f: null}], o: *o}
            memory: 24GiB # comment
            note: |
              some text
            """;
    private static final String PIECES = "\t\n :-[]{}&*!|>'\"%@`#,?=<0a.é\u0007\uFEFF\u0085";

    @TempDir
    Path folder;

    @Test
    void damagedFilesAreReadOrRefused() throws IOException {
        SplittableRandom random = new SplittableRandom(1);
        Path file = folder.resolve("a.yaml");
        int refused = 0;
        for (int round = 0; round < 1500; round++) {
            StringBuilder text = new StringBuilder(TEXT);
            for (int edits = random.nextInt(1, 4); edits > 0; edits--) {
                int at = random.nextInt(text.length());
                String piece = String.valueOf(PIECES.charAt(random.nextInt(PIECES.length())));
                switch (random.nextInt(4)) {
                    case 0 -> text.insert(at, piece);
                    case 1 -> text.replace(at, at + 1, piece);
                    case 2 -> text.delete(at, Math.min(text.length(), at + random.nextInt(1, 12)));
                    default -> text.setLength(Math.max(1, at));
                }
                if (text.isEmpty()) {
                    text.append(piece);
                }
            }
            byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
            if (random.nextInt(20) == 0) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            }
            Files.write(file, bytes);
            try {
                ConfigReader.read(file, List.of(), Example.class);
            } catch (UserError e) {
                refused++;
                assertThat(e.getMessage().lines())
                        .allMatch(line -> line.startsWith(file.toString()))
                        .doesNotHaveDuplicates();
            }
        }
        assertThat(refused).isBetween(500, 1499);
    }
}
