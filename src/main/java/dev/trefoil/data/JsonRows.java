package dev.trefoil.data;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.NoSuchElementException;

/** JSON Lines read byte by byte, so that each fault can name its line; or a JSON array read as a stream. */
final class JsonRows {

    private static final TypeReference<LinkedHashMap<String, Object>> OBJECT = new TypeReference<>() {};
    private static final int BUFFER_BYTES = 1 << 16;

    private JsonRows() {}

    static RowReader open(Path file, int maxLineBytes, BadRows bad) {
        InputStream in = null;
        try {
            in = DataFile.bytes(file);
            int first = skipMark(file, in);
            if (first < 0) {
                throw UserError.data(file + ": is empty (white space only), wanted at least one row");
            }
            ObjectReader reader = reader(maxLineBytes);
            return first == '['
                    ? new ArrayReader(file, in, reader)
                    : new LineReader(file, in, reader, maxLineBytes, bad);
        } catch (IOException e) {
            closeQuietly(in);
            throw broken(file, e);
        } catch (UserError e) {
            closeQuietly(in);
            throw e;
        }
    }

    private static void closeQuietly(InputStream in) {
        try {
            if (in != null) {
                in.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static ObjectReader reader(int maxLineBytes) {
        JsonMapper mapper = JsonMapper.builder()
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .disable(StreamReadFeature.AUTO_CLOSE_SOURCE)
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
                .build();
        mapper.getFactory()
                .setStreamReadConstraints(StreamReadConstraints.builder()
                        .maxStringLength(maxLineBytes)
                        .build());
        return mapper.readerFor(OBJECT);
    }

    /** Passes a UTF-8 mark and returns the first byte that is not white space, the stream standing before the data. */
    private static int skipMark(Path file, InputStream in) throws IOException {
        in.mark(4);
        int a = in.read();
        int b = in.read();
        int c = in.read();
        if ((a == 0xFF && b == 0xFE) || (a == 0xFE && b == 0xFF)) {
            throw UserError.data(
                    file + ": is UTF-16, wanted UTF-8; convert it, for instance with: iconv -f UTF-16 -t UTF-8");
        }
        in.reset();
        if (a == 0xEF && b == 0xBB && c == 0xBF) {
            in.skipNBytes(3);
        }
        in.mark(BUFFER_BYTES / 2);
        for (int seen = 0; seen < BUFFER_BYTES / 2 - 1; seen++) {
            int next = in.read();
            if (next != ' ' && next != '\t' && next != '\r' && next != '\n') {
                in.reset();
                return next;
            }
        }
        in.reset();
        return ' ';
    }

    private static UserError broken(Path file, IOException e) {
        return new UserError(ExitCode.FAILED, file + ": reading failed: " + e + "; check the disk", e);
    }

    private static BadRow badJson(Path file, long row, JsonProcessingException e) {
        String at =
                e.getLocation() == null ? "" : " at column " + e.getLocation().getColumnNr();
        return new BadRow(
                file,
                row,
                "not valid JSON",
                at + ": " + e.getOriginalMessage() + "; wanted one JSON object such as {\"text\": \"...\"}");
    }

    /** One object a line; blank lines are passed over, but counted as lines. */
    private static final class LineReader implements RowReader {
        private final Path file;
        private final InputStream in;
        private final ObjectReader reader;
        private final int maxLineBytes;
        private final BadRows bad;
        private final ByteArrayOutputStream line = new ByteArrayOutputStream();
        private long number;
        private boolean ended;
        private Row next;

        LineReader(Path file, InputStream in, ObjectReader reader, int maxLineBytes, BadRows bad) {
            this.file = file;
            this.in = in;
            this.reader = reader;
            this.maxLineBytes = maxLineBytes;
            this.bad = bad;
        }

        @Override
        public boolean hasNext() {
            try {
                while (next == null && !ended) {
                    String text = readLine();
                    next = text == null || text.isBlank() ? null : parse(text);
                }
                return next != null;
            } catch (IOException e) {
                throw broken(file, e);
            }
        }

        @Override
        public Row next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            Row row = next;
            next = null;
            return row;
        }

        /** The next line, or null when there is none or it was bad. */
        private String readLine() throws IOException {
            line.reset();
            number++;
            boolean tooLong = false;
            long zero = 0;
            long length = 0;
            int next = in.read();
            ended = next < 0;
            for (; next >= 0 && next != '\n'; next = in.read()) {
                length++;
                zero = next == 0 && zero == 0 ? length : zero;
                tooLong |= length > maxLineBytes;
                if (!tooLong) {
                    line.write(next);
                }
            }
            if (zero > 0) {
                return reject(
                        "holds a NUL byte",
                        " at byte " + zero + "; wanted UTF-8 text, the file may be damaged, binary or UTF-16");
            }
            if (tooLong) {
                return reject(
                        "line is longer than " + maxLineBytes + " bytes",
                        "; wanted one JSON object a line, split it or check the line ends");
            }
            return decode();
        }

        private String reject(String reason, String detail) {
            bad.add(new BadRow(file, number, reason, detail));
            return null;
        }

        private String decode() {
            try {
                return StandardCharsets.UTF_8
                        .newDecoder()
                        .decode(ByteBuffer.wrap(line.toByteArray()))
                        .toString();
            } catch (CharacterCodingException e) {
                return reject(
                        "is not valid UTF-8",
                        " (" + e.getMessage() + "); convert the file, for instance with: iconv -f LATIN1 -t UTF-8");
            }
        }

        private Row parse(String text) throws IOException {
            if (text.stripLeading().charAt(0) != '{') {
                reject(
                        "not a JSON object",
                        ", found `" + start(text) + "`; wanted one object a line such as {\"text\": \"...\"}");
                return null;
            }
            try {
                Map<String, Object> values = reader.readValue(text);
                return new Row(file, number, values);
            } catch (JsonProcessingException e) {
                bad.add(badJson(file, number, e));
                return null;
            }
        }

        private static String start(String text) {
            String stripped = text.strip();
            return stripped.length() <= 40 ? stripped : stripped.substring(0, 40) + "...";
        }

        @Override
        public void close() {
            closeQuietly(in);
        }
    }

    /** The objects of one JSON array, whichever lines they stand on. */
    private static final class ArrayReader implements RowReader {
        private final Path file;
        private final InputStream in;
        private final ObjectReader objects;
        private final JsonParser parser;
        private long number;
        private Row next;
        private boolean ended;

        ArrayReader(Path file, InputStream in, ObjectReader objects) throws IOException {
            this.file = file;
            this.in = in;
            this.objects = objects.without(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
            this.parser = objects.createParser(in);
            this.parser.nextToken();
        }

        @Override
        public boolean hasNext() {
            if (next == null && !ended) {
                advance();
            }
            return next != null;
        }

        private void advance() {
            number++;
            try {
                JsonToken token = parser.nextToken();
                if (token == JsonToken.END_ARRAY) {
                    ended = true;
                } else if (token != JsonToken.START_OBJECT) {
                    throw UserError.data(file + " row " + number + ": not a JSON object, found " + token
                            + "; wanted an array of objects such as [{\"text\": \"...\"}]");
                } else {
                    Map<String, Object> values = objects.readValue(parser);
                    next = new Row(file, number, values);
                }
            } catch (JsonProcessingException e) {
                throw badJson(file, number, e).error();
            } catch (IOException e) {
                throw broken(file, e);
            }
        }

        @Override
        public Row next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            Row row = next;
            next = null;
            return row;
        }

        @Override
        public void close() {
            closeQuietly(in);
        }
    }
}
