package dev.trefoil.token;

import dev.trefoil.data.Sample;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;

/** Puts documents into rows. */
public final class Packing {

    private final PackingConfig config;
    private final List<TokenRow> rows = new ArrayList<>();
    private final List<Document> pending = new ArrayList<>();
    private int pendingTokens;
    private int samples;
    private int cut;
    private int samplesWithoutLabels;
    private int rowsWithoutLabels;
    private int ended;

    private Packing(PackingConfig config) {
        this.config = config;
    }

    /** Encodes and packs samples; with a row limit no more samples are encoded than needed. */
    public static Packed pack(Tokenizer tokenizer, List<? extends Sample> samples, PackingConfig config) {
        return pack(
                samples.stream()
                        .map(sample -> Document.of(tokenizer, sample, config.eos()))
                        .iterator(),
                config);
    }

    /** Packs documents in their order. */
    public static Packed pack(Iterator<Document> documents, PackingConfig config) {
        Packing packing = new Packing(config);
        while (!packing.isFull() && documents.hasNext()) {
            packing.add(documents.next());
        }
        return packing.finish();
    }

    private boolean isFull() {
        return config.rows() != null && rows.size() >= config.rows();
    }

    private void add(Document document) {
        samples++;
        if (config.mode() == PackingConfig.Mode.NONE) {
            addAlone(document);
        } else if (!document.hasLabels()) {
            samplesWithoutLabels++;
        } else {
            ended += document.ended() ? 1 : 0;
            addToStream(document);
        }
    }

    private void addAlone(Document document) {
        Document fitting = document;
        int over = document.ids().length - config.length();
        if (over > 0) {
            cut++;
            fitting = config.keep() == PackingConfig.Keep.START
                    ? document.slice(0, config.length())
                    : document.slice(over, document.ids().length);
        }
        if (!fitting.hasLabels()) {
            samplesWithoutLabels++;
            return;
        }
        ended += fitting.ended() ? 1 : 0;
        rows.add(row(List.of(fitting)));
    }

    private void addToStream(Document document) {
        int from = 0;
        while (from < document.ids().length && !isFull()) {
            int to = Math.min(document.ids().length, from + config.length() - pendingTokens);
            pending.add(document.slice(from, to));
            pendingTokens += to - from;
            from = to;
            if (pendingTokens == config.length()) {
                endRow();
            }
        }
    }

    private void endRow() {
        TokenRow row = row(pending);
        if (row.labels() == 0) {
            rowsWithoutLabels++;
        } else {
            rows.add(row);
        }
        pending.clear();
        pendingTokens = 0;
    }

    private Packed finish() {
        if (pendingTokens > 0 && !isFull()) {
            endRow();
        }
        long tokens = rows.stream().mapToLong(TokenRow::length).sum();
        long labels = rows.stream().mapToLong(TokenRow::labels).sum();
        return new Packed(rows, samples, tokens, labels, cut, samplesWithoutLabels, rowsWithoutLabels, ended);
    }

    /** Pieces of documents side by side. The first token of each (with attend: of the row) has nothing before it to predict it. */
    private TokenRow row(List<Document> pieces) {
        int length = pieces.stream().mapToInt(piece -> piece.ids().length).sum();
        boolean attend = config.boundaries() == PackingConfig.Boundaries.ATTEND;
        int[] ids = new int[length];
        int[] positions = new int[length];
        int[] documents = new int[length];
        boolean[] counts = new boolean[length];
        int at = 0;
        for (int d = 0; d < pieces.size(); d++) {
            Document piece = pieces.get(d);
            int size = piece.ids().length;
            System.arraycopy(piece.ids(), 0, ids, at, size);
            System.arraycopy(piece.counts(), 0, counts, at, size);
            Arrays.fill(documents, at, at + size, attend ? 0 : d);
            counts[at] &= attend && at > 0;
            for (int i = 0; i < size; i++) {
                positions[at + i] = attend ? at + i : i;
            }
            at += size;
        }
        return new TokenRow(ids, positions, documents, counts);
    }
}
