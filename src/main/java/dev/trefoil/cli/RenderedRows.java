package dev.trefoil.cli;

import dev.trefoil.config.ConfigReader;
import dev.trefoil.data.DataConfig;
import dev.trefoil.data.Sample;
import dev.trefoil.data.Samples;
import dev.trefoil.token.ChatRendering;
import dev.trefoil.token.Document;
import dev.trefoil.token.Tokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Rows of training data as a model reads them: their tokens as text, those that count in the loss between marks. */
final class RenderedRows {

    static final String KEY = "as the model reads them";

    private static final String OPEN = "⟦";
    private static final String CLOSE = "⟧";

    private RenderedRows() {}

    /** @param settings keys of the data section */
    static List<String> of(Path file, int rows, Path base, List<String> settings) {
        List<String> keys = new ArrayList<>(List.of("path=" + JsonOption.line(file.toString()), "limit=" + rows));
        keys.addAll(settings);
        DataConfig data = ConfigReader.fromOverrides(keys, DataConfig.class);
        List<String> shown = new ArrayList<>();
        try (Tokenizer tokenizer = Tokenizer.open(base)) {
            ChatRendering chat = ChatRendering.of(base, tokenizer, data.chat());
            boolean eos = tokenizer.special().eos() != null;
            for (Sample sample : Samples.training(data, Path.of(""), chat).samples()) {
                shown.add(marked(tokenizer, Document.of(tokenizer, sample, eos)));
            }
        }
        return shown;
    }

    private static String marked(Tokenizer tokenizer, Document document) {
        StringBuilder text = new StringBuilder();
        int counted = 0;
        int from = 0;
        for (int i = 1; i <= document.ids().length; i++) {
            boolean changes = i == document.ids().length || document.counts()[i] != document.counts()[from];
            if (changes) {
                int[] piece = Arrays.copyOfRange(document.ids(), from, i);
                String words = tokenizer.decode(piece, false);
                text.append(document.counts()[from] ? OPEN + words + CLOSE : words);
                counted += document.counts()[from] ? piece.length : 0;
                from = i;
            }
        }
        return counted + " of " + document.ids().length + " tokens are learned, those between " + OPEN + " and " + CLOSE
                + ":" + System.lineSeparator() + text;
    }
}
