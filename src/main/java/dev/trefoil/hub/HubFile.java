package dev.trefoil.hub;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * A file of a repository.
 *
 * @param hash what its bytes must give: SHA-256 (64 digits) of a large file, git's SHA-1 of a blob (40 digits) of a small one
 */
record HubFile(String name, long size, String hash) {

    private static final int SHA256_DIGITS = 64;
    private static final int CHUNK = 1 << 18;

    /** Whether a file on disk has the size and the hash. */
    boolean isIn(Path file) throws IOException {
        return Files.size(file) == size && hash.equals(hashOf(file));
    }

    private String hashOf(Path file) throws IOException {
        boolean large = hash.length() == SHA256_DIGITS;
        MessageDigest digest = digest(large ? "SHA-256" : "SHA-1");
        if (!large) {
            // https://git-scm.com/book/en/v2/Git-Internals-Git-Objects: a blob is hashed with its length before it.
            digest.update(("blob " + size + "\0").getBytes(StandardCharsets.US_ASCII));
        }
        try (InputStream in = Files.newInputStream(file)) {
            byte[] chunk = new byte[CHUNK];
            for (int read = in.read(chunk); read >= 0; read = in.read(chunk)) {
                digest.update(chunk, 0, read);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static MessageDigest digest(String name) {
        try {
            return MessageDigest.getInstance(name);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every Java platform has " + name, impossible);
        }
    }
}
