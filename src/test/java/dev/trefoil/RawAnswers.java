package dev.trefoil;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A server that reads a request and answers with the bytes it was given, whatever they are, and hangs up. */
public final class RawAnswers implements AutoCloseable {

    private static final Pattern LENGTH = Pattern.compile("(?i)content-length: *(\\d+)");

    private final ServerSocket socket;
    private volatile byte[] answer = new byte[0];
    private volatile String pathOfItsOwn = "\0";
    private volatile byte[] itsAnswer = new byte[0];

    public RawAnswers() throws IOException {
        socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread thread = new Thread(this::serve, "raw-answers");
        thread.setDaemon(true);
        thread.start();
    }

    /** http://127.0.0.1:PORT. */
    public String url() {
        return "http://127.0.0.1:" + socket.getLocalPort();
    }

    /** What the next requests get. */
    public void answer(byte[] bytes) {
        answer = bytes;
    }

    /** What requests of a path that begins so get, whatever the others do. */
    public void answer(String path, byte[] bytes) {
        itsAnswer = bytes;
        pathOfItsOwn = path;
    }

    /** A whole answer with status 200. */
    public static String json(String body) {
        return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
                + body.getBytes(StandardCharsets.UTF_8).length + "\r\nConnection: close\r\n\r\n" + body;
    }

    private void serve() {
        while (!socket.isClosed()) {
            try (Socket client = socket.accept()) {
                String head = readRequest(client.getInputStream());
                client.getOutputStream().write(head.startsWith("GET " + pathOfItsOwn) ? itsAnswer : answer);
                client.shutdownOutput();
            } catch (IOException gone) {
                // The client has hung up, or the test is over.
            }
        }
    }

    private static String readRequest(InputStream in) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        int newLines = 0;
        for (int read = in.read(); read >= 0 && newLines < 2; read = newLines < 2 ? in.read() : 0) {
            head.write(read);
            newLines = read == '\n' ? newLines + 1 : read == '\r' ? newLines : 0;
            if (newLines == 2) {
                break;
            }
        }
        String text = head.toString(StandardCharsets.ISO_8859_1);
        Matcher length = LENGTH.matcher(text);
        if (length.find()) {
            in.readNBytes(Integer.parseInt(length.group(1)));
        }
        return text;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
