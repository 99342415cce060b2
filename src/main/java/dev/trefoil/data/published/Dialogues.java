package dev.trefoil.data.published;

import dev.trefoil.data.BadRow;
import dev.trefoil.data.DataFile;
import dev.trefoil.data.Format;
import dev.trefoil.data.ReadOptions;
import dev.trefoil.data.Row;
import dev.trefoil.data.RowReader;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * The pairs of dialogues of hh-rlhf ({@code \n\nHuman: ...\n\nAssistant: ...}) cut at their last answer: what both share is the prompt.
 * Rows that are cut already (prompt, chosen, rejected) are checked and taken as they are. Dialogues that begin with the same words of
 * the human are in one part, training or testing.
 *
 * @see <a href="https://arxiv.org/abs/2204.05862">Bai et al. 2022</a>
 */
public final class Dialogues {

    private static final String HUMAN = "\n\nHuman:";
    private static final String ASSISTANT = "\n\nAssistant:";

    private final SourceSplit split;
    private final StageFiles files;
    private final Set<String> testKeys = new HashSet<>();

    private Dialogues(SourceSplit split, StageFiles files) {
        this.split = split;
        this.files = files;
    }

    /**
     * Writes the files of the stages.
     *
     * @throws dev.trefoil.UserError when a source cannot be read or nothing is left
     */
    public static Prepared write(SourceSplit split, Path target, Format format, boolean strict) {
        try (StageFiles files = StageFiles.open(target, format, strict)) {
            Dialogues work = new Dialogues(split, files);
            split.test().forEach(source -> work.read(source, true));
            split.train().forEach(source -> work.read(source, false));
            Map<String, Object> made = new LinkedHashMap<>();
            made.put("data", "hh");
            made.putAll(split.describe());
            return files.commit(made);
        }
    }

    /**
     * A dialogue up to an answer, and two answers.
     *
     * @param prompt up to and with the last {@code Assistant:}
     */
    record Cut(String prompt, String chosen, String rejected) {

        /** What the human says first. */
        String opening() {
            int begin = prompt.indexOf(HUMAN) + HUMAN.length();
            int end = prompt.indexOf(ASSISTANT, begin);
            return prompt.substring(begin, end).strip();
        }
    }

    private void read(Path source, boolean testSource) {
        try (RowReader rows = DataFile.read(source, ReadOptions.defaults(), files.rejects())) {
            while (rows.hasNext()) {
                Row row = rows.next();
                Cut cut = cut(row);
                if (cut != null) {
                    take(row, cut, testSource);
                }
            }
        }
    }

    private Cut cut(Row row) {
        Map<String, Object> values = row.values();
        if (!(values.get("chosen") instanceof String chosen) || !(values.get("rejected") instanceof String rejected)) {
            return reject(row, "pair without chosen or rejected", "; found " + values.keySet());
        }
        String prompt;
        if (values.get("prompt") instanceof String given) {
            prompt = given;
        } else {
            int end = chosen.lastIndexOf(ASSISTANT);
            if (end < 0) {
                return reject(row, "dialogue without an answer", "; wanted \\n\\nHuman: ...\\n\\nAssistant: ...");
            }
            prompt = chosen.substring(0, end + ASSISTANT.length());
            if (!rejected.startsWith(prompt)) {
                return reject(row, "dialogues differ before the last answer", "");
            }
            chosen = chosen.substring(prompt.length());
            rejected = rejected.substring(prompt.length());
        }
        if (!prompt.startsWith(HUMAN) || !prompt.endsWith(ASSISTANT)) {
            return reject(row, "dialogue does not begin with Human: and end with Assistant:", "");
        }
        if (rejected.contains(ASSISTANT) || chosen.contains(ASSISTANT)) {
            return reject(row, "dialogues have unequal numbers of turns", "");
        }
        if (chosen.isBlank() || rejected.isBlank() || chosen.equals(rejected)) {
            return reject(row, "answer is empty or both are equal", "");
        }
        return new Cut(prompt, chosen, rejected);
    }

    private Cut reject(Row row, String reason, String detail) {
        files.rejects().add(BadRow.of(row, reason, detail));
        return null;
    }

    private void take(Row row, Cut cut, boolean testSource) {
        String key = cut.opening();
        if (testSource) {
            testKeys.add(key);
        } else if (testKeys.contains(key)) {
            reject(row, "dialogue for training that begins like one of a test source", "");
            return;
        }
        boolean test = testSource || split.isTest(key);
        files.count("pairs of dialogues", 1);
        if (test || split.trains(StageFiles.SFT, key)) {
            Map<String, Object> sft = new LinkedHashMap<>();
            sft.put("prompt", cut.prompt());
            sft.put("completion", cut.chosen());
            files.write(StageFiles.SFT, test, sft);
        }
        if (test || split.trains(StageFiles.REWARD, key)) {
            Map<String, Object> pair = new LinkedHashMap<>();
            pair.put("prompt", cut.prompt());
            pair.put("chosen", cut.chosen());
            pair.put("rejected", cut.rejected());
            files.write(StageFiles.REWARD, test, pair);
        }
        if (test || split.trains(StageFiles.PROMPTS, key)) {
            files.write(StageFiles.PROMPTS, test, Map.of("prompt", cut.prompt()));
        }
    }
}
