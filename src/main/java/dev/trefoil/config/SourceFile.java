package dev.trefoil.config;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Text of a configuration file, or a message that says why there is none. */
final class SourceFile {

    /** A configuration is a page or two; what is larger is another kind of file. */
    private static final long LARGEST_BYTES = 1 << 20;

    private static final char BYTE_ORDER_MARK = '\uFEFF';

    private SourceFile() {}

    /** The text, or empty after noting a problem at {@code asked} (the place that names the file) or in the file. */
    static Optional<String> read(Path file, Origin asked, String key, Problems problems) {
        if (Files.isDirectory(file)) {
            problems.add(asked, key, "is a folder; a YAML file is wanted" + didYouMean(file, file, ""));
            return Optional.empty();
        }
        if (!Files.exists(file)) {
            Path folder = file.toAbsolutePath().getParent();
            String wanted = String.valueOf(file.getFileName());
            problems.add(
                    asked,
                    key,
                    (key.isEmpty() ? "" : file + " ") + "does not exist" + didYouMean(file, folder, wanted));
            return Optional.empty();
        }
        try {
            if (Files.size(file) > LARGEST_BYTES) {
                problems.add(
                        Origin.file(file, 0),
                        "",
                        "has " + Files.size(file) + " bytes; a configuration has at most 1 MiB");
                return Optional.empty();
            }
            return decode(Files.readAllBytes(file), file, problems);
        } catch (IOException e) {
            problems.add(Origin.file(file, 0), "", "cannot be read (" + e.getMessage() + "); check its permissions");
            return Optional.empty();
        }
    }

    private static Optional<String> decode(byte[] bytes, Path file, Problems problems) {
        CharsetDecoder decoder = StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
        ByteBuffer input = ByteBuffer.wrap(bytes);
        String text;
        try {
            text = decoder.decode(input).toString();
        } catch (CharacterCodingException e) {
            int at = input.position();
            problems.add(
                    Origin.file(file, lineOf(bytes, at)),
                    "",
                    String.format("byte 0x%02X is not UTF-8; save the file with the encoding UTF-8", bytes[at]));
            return Optional.empty();
        }
        if (!text.isEmpty() && text.charAt(0) == BYTE_ORDER_MARK) {
            text = text.substring(1);
        }
        int zero = text.indexOf('\0');
        if (zero >= 0) {
            int line = (int) text.substring(0, zero).lines().count();
            problems.add(
                    Origin.file(file, Math.max(1, line)), "", "contains zero bytes; a YAML file in UTF-8 is wanted");
            return Optional.empty();
        }
        return Optional.of(text);
    }

    private static int lineOf(byte[] bytes, int position) {
        int line = 1;
        for (int i = 0; i < position; i++) {
            if (bytes[i] == '\n') {
                line++;
            }
        }
        return line;
    }

    /** Names the YAML file of the folder that is most like the one asked for. */
    private static String didYouMean(Path file, Path folder, String wanted) {
        if (!Files.isDirectory(folder)) {
            return "; its folder " + (file.getParent() == null ? folder : file.getParent()) + " does not exist either";
        }
        List<String> names;
        try (Stream<Path> files = Files.list(folder)) {
            names = files.filter(Files::isRegularFile)
                    .map(path -> path.getFileName().toString())
                    .filter(name -> name.endsWith(".yaml") || name.endsWith(".yml"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            return "; its folder cannot be listed";
        }
        if (names.isEmpty()) {
            return "; its folder holds no YAML file";
        }
        String near = Nearest.of(wanted, names).orElse(null);
        Path parent = folder.equals(file) ? file : file.getParent();
        if (near != null) {
            return "; did you mean " + (parent == null ? Path.of(near) : parent.resolve(near)) + "?";
        }
        return "; its folder holds " + String.join(", ", names.subList(0, Math.min(names.size(), 6)));
    }
}
