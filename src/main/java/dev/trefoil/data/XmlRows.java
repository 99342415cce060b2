package dev.trefoil.data;

import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/**
 * The {@code <row .../>} elements of an XML file of any size, one in memory at a time. XML allows no {@code <} inside an
 * attribute's value, so every {@code <} begins a new piece of markup: the file is cut there, and each row is parsed for itself.
 * A damaged row is therefore one bad row and not the end of the file. Document type declarations are refused, so no entity
 * expands but the five of XML and characters by number.
 */
final class XmlRows implements RowReader {

    private static final String ROW = "row";
    private static final Pattern ENCODING = Pattern.compile("encoding\\s*=\\s*[\"']([^\"']*)[\"']");

    private final Path file;
    private final InputStream in;
    private final int maxBytes;
    private final BadRows bad;
    private final XMLInputFactory parsers;
    private final ByteArrayOutputStream piece = new ByteArrayOutputStream();
    private long line = 1;
    private long pieceLine;
    private boolean tooLong;
    private boolean ended;
    private String skipTo;
    private Row next;

    private XmlRows(Path file, InputStream in, int maxBytes, BadRows bad) {
        this.file = file;
        this.in = in;
        this.maxBytes = maxBytes;
        this.bad = bad;
        this.parsers = XMLInputFactory.newDefaultFactory();
        parsers.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        parsers.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        parsers.setProperty(XMLInputFactory.IS_NAMESPACE_AWARE, false);
    }

    static RowReader open(Path file, int maxBytes, BadRows bad) {
        try {
            XmlRows rows = new XmlRows(file, DataFile.bytes(file), maxBytes, bad);
            try {
                rows.begin();
                return rows;
            } catch (IOException | UserError e) {
                rows.close();
                throw e;
            }
        } catch (IOException e) {
            throw broken(file, e);
        }
    }

    private static UserError broken(Path file, IOException e) {
        return new UserError(ExitCode.FAILED, file + ": reading failed: " + e + "; check the disk", e);
    }

    /** Passes what stands before the first {@code <}, which may be nothing but a UTF-8 mark and white space. */
    private void begin() throws IOException {
        readPiece();
        String before = piece.toString(StandardCharsets.UTF_8).replace("\uFEFF", "");
        if (ended || !before.isBlank()) {
            throw UserError.data(file + ": does not begin as XML; wanted UTF-8 text with <row .../> elements");
        }
    }

    @Override
    public boolean hasNext() {
        try {
            while (next == null && !ended) {
                pieceLine = line;
                readPiece();
                next = row();
            }
            return next != null;
        } catch (IOException e) {
            throw broken(file, e);
        }
    }

    /** Reads up to the next {@code <}, which is passed and not kept. */
    private void readPiece() throws IOException {
        piece.reset();
        tooLong = false;
        int at = in.read();
        for (; at >= 0 && at != '<'; at = in.read()) {
            if (at == '\n') {
                line++;
            }
            if (piece.size() < maxBytes) {
                piece.write(at);
            } else {
                tooLong = true;
            }
        }
        ended = at < 0;
    }

    /** The row that the piece is, or null. */
    private Row row() {
        if (skipTo != null || !isRow()) {
            passOther();
            return null;
        }
        if (tooLong) {
            return reject("row is longer than " + maxBytes + " bytes", "");
        }
        String text;
        try {
            text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(piece.toByteArray()))
                    .toString();
        } catch (CharacterCodingException e) {
            return reject("is not valid UTF-8", " (" + e.getMessage() + ")");
        }
        try {
            return parse(text);
        } catch (XMLStreamException e) {
            return reject("not valid XML", ": " + cause(e));
        }
    }

    private boolean isRow() {
        byte[] bytes = piece.toByteArray();
        String start = new String(bytes, 0, Math.min(bytes.length, ROW.length() + 1), StandardCharsets.ISO_8859_1);
        return start.startsWith(ROW)
                && (start.length() == ROW.length() || !Character.isLetterOrDigit(start.charAt(ROW.length())));
    }

    private Row reject(String reason, String detail) {
        bad.add(new BadRow(file, pieceLine, reason, detail));
        return null;
    }

    private Row parse(String text) throws XMLStreamException {
        XMLStreamReader parser = parsers.createXMLStreamReader(new StringReader("<" + text));
        try {
            parser.nextTag();
            Map<String, Object> values = new LinkedHashMap<>();
            for (int i = 0; i < parser.getAttributeCount(); i++) {
                values.put(parser.getAttributeLocalName(i), parser.getAttributeValue(i));
            }
            return values.isEmpty() ? reject("row without attributes", "") : new Row(file, pieceLine, values);
        } finally {
            parser.close();
        }
    }

    /** The parser's words without its position, which counts from the row's own beginning. */
    private static String cause(XMLStreamException e) {
        String message = String.valueOf(e.getMessage());
        int at = message.indexOf("Message: ");
        return (at < 0 ? message : message.substring(at + "Message: ".length()))
                .lines()
                .findFirst()
                .orElse("");
    }

    /** Comments and CDATA may hold a {@code <}; a declaration may name an encoding; other elements are passed over. */
    private void passOther() {
        String text = piece.toString(StandardCharsets.UTF_8);
        if (skipTo == null && text.startsWith("!--")) {
            skipTo = "-->";
        } else if (skipTo == null && text.startsWith("![CDATA[")) {
            skipTo = "]]>";
        }
        if (skipTo != null) {
            skipTo = text.contains(skipTo) ? null : skipTo;
            return;
        }
        if (text.startsWith("!")) {
            throw UserError.data(file + " line " + pieceLine + ": holds a document type declaration, which could define"
                    + " entities and is refused; remove it, the dumps of Stack Exchange have none");
        }
        Matcher encoding = ENCODING.matcher(text);
        if (text.startsWith("?xml") && encoding.find() && !isUtf8(encoding.group(1))) {
            throw UserError.data(file + ": is in " + encoding.group(1)
                    + ", wanted UTF-8; convert it, for instance with: iconv -t UTF-8");
        }
    }

    private static boolean isUtf8(String encoding) {
        String name = encoding.toUpperCase(Locale.ROOT);
        return name.equals("UTF-8") || name.equals("US-ASCII");
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
        try {
            in.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
