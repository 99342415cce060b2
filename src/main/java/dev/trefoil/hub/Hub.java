package dev.trefoil.hub;

import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import dev.trefoil.artifact.AtomicFiles;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Locale;

/** Models by id, fetched into a shared cache. */
public final class Hub {

    private static final int CHUNK = 1 << 18;
    private static final int PARTIAL = 206;
    private static final long SPARE_BYTES = 64L << 20;

    private final HubSettings settings;
    private final HubClient client;
    private final HubProgress progress;

    private Hub(HubSettings settings, HubProgress progress) {
        this.settings = settings;
        this.client = new HubClient(settings);
        this.progress = progress;
    }

    /**
     * What is there of a model.
     *
     * @param path what {@code trefoil prepare} reads: a folder with config.json and safetensors, or a GGUF file
     * @param commit the revision's commit, or the snapshot's name when offline
     */
    public record Fetched(Path path, String commit, long bytes) {}

    public static Hub open(HubSettings settings, HubProgress progress) {
        return new Hub(settings, progress);
    }

    /**
     * Fetches what a base is prepared from, unless the cache has it. A transfer that broke off goes on where it stopped, and a file
     * is there under its name only when its checksum is right.
     *
     * @param gguf a GGUF file of the repository to take instead of safetensors, or null
     * @throws UserError when the model cannot be had, is too large, has no weights that are read, or arrives damaged
     */
    public Fetched fetch(ModelId id, String gguf) {
        HubCache cache = HubCache.of(settings.cache(), id);
        try {
            if (settings.offline()) {
                return cached(cache, id, gguf);
            }
            HubListing listing = HubListing.ask(client, id);
            List<HubFile> files = NeededFiles.of(id, listing.names(), gguf).stream()
                    .map(name -> described(id, listing, name))
                    .toList();
            long bytes = files.stream().mapToLong(HubFile::size).sum();
            requireRoom(cache, id, files, bytes);
            FileChannel lock = cache.lock(() -> progress.update("waiting for another download", 0, 0));
            try {
                for (HubFile file : files) {
                    fetch(cache, id, listing.commit(), file);
                    cache.link(listing.commit(), file);
                }
                cache.remember(id.revision(), listing.commit());
            } finally {
                lock.close();
            }
            return fetched(cache.snapshot(listing.commit()), files.get(0).name(), listing.commit(), bytes);
        } catch (UserError fault) {
            throw fault;
        } catch (Exception failed) {
            throw new UserError(
                    ExitCode.FAILED,
                    cache.folder() + ": cannot be written: " + failed + "; free some space or name another folder with"
                            + " --cache or HF_HUB_CACHE",
                    failed);
        }
    }

    private static Fetched fetched(Path snapshot, String first, String commit, long bytes) {
        return new Fetched(first.endsWith(".gguf") ? snapshot.resolve(first) : snapshot, commit, bytes);
    }

    private Fetched cached(HubCache cache, ModelId id, String gguf) throws IOException {
        Path snapshot = cache.known(id.revision())
                .orElseThrow(() -> UserError.data(id + ": is not in the cache " + settings.cache()
                        + ", and nothing is fetched offline; run once without --offline and HF_HUB_OFFLINE"));
        List<String> names = NeededFiles.of(id, HubCache.names(snapshot), gguf);
        long bytes = 0;
        for (String name : names) {
            bytes += Files.size(snapshot.resolve(name));
        }
        return fetched(snapshot, names.get(0), snapshot.getFileName().toString(), bytes);
    }

    private static HubFile described(ModelId id, HubListing listing, String name) {
        HubFile file = listing.files().get(name);
        if (file == null) {
            throw UserError.data(id + ": the endpoint gives no size or checksum of " + name
                    + "; use another endpoint: without them a download cannot be checked");
        }
        return file;
    }

    private void requireRoom(HubCache cache, ModelId id, List<HubFile> files, long bytes) throws IOException {
        if (bytes > settings.maxBytes()) {
            throw UserError.data(String.format(
                    Locale.ROOT,
                    "%s: has %.1f GiB, more than the %.1f GiB that are allowed; choose a smaller model or raise --max-size",
                    id,
                    gib(bytes),
                    gib(settings.maxBytes())));
        }
        long missing = 0;
        for (HubFile file : files) {
            Path partial = cache.partial(file);
            long there = Files.exists(cache.blob(file)) ? file.size() : Files.exists(partial) ? Files.size(partial) : 0;
            missing += Math.max(0, file.size() - there);
        }
        Files.createDirectories(cache.folder());
        long free = Files.getFileStore(cache.folder()).getUsableSpace();
        if (missing + SPARE_BYTES > free) {
            throw UserError.data(String.format(
                    Locale.ROOT,
                    "%s: found %.1f GiB free, wanted %.1f GiB for %s; free some space or name another folder with --cache"
                            + " or HF_HUB_CACHE",
                    settings.cache(),
                    gib(free),
                    gib(missing + SPARE_BYTES),
                    id));
        }
    }

    private static double gib(long bytes) {
        return bytes / (double) (1L << 30);
    }

    private void fetch(HubCache cache, ModelId id, String commit, HubFile file) throws IOException {
        Path blob = cache.blob(file);
        if (Files.exists(blob) && Files.size(blob) == file.size()) {
            return;
        }
        Path partial = cache.partial(file);
        Files.createDirectories(partial.getParent());
        boolean resumed = Files.exists(partial);
        transfer(id, commit, file, partial);
        if (!file.isIn(partial) && resumed) {
            // What lay there may have been of another life: once more from the beginning.
            Files.delete(partial);
            transfer(id, commit, file, partial);
        }
        if (!file.isIn(partial)) {
            Files.delete(partial);
            throw new UserError(
                    ExitCode.FAILED,
                    id + ": " + file.name() + " arrived damaged: its checksum is not the one that the hub names; it was"
                            + " thrown away. Try again, or another endpoint");
        }
        AtomicFiles.move(partial, blob);
    }

    private void transfer(ModelId id, String commit, HubFile file, Path partial) throws IOException {
        if (there(partial) > file.size()) {
            Files.delete(partial);
        }
        if (there(partial) == file.size() && file.size() > 0) {
            return;
        }
        String path = "/" + id.repository() + "/resolve/" + commit + "/" + file.name();
        client.get(path, id, () -> there(partial), response -> append(response, file, partial));
    }

    private static long there(Path partial) throws IOException {
        return Files.exists(partial) ? Files.size(partial) : 0;
    }

    private Void append(HttpResponse<InputStream> response, HubFile file, Path partial) throws IOException {
        long from = begin(response, partial);
        try (FileChannel out = FileChannel.open(partial, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            out.truncate(from);
            out.position(from);
            byte[] chunk = new byte[CHUNK];
            long done = from;
            progress.update(file.name(), done, file.size());
            for (int read = response.body().read(chunk);
                    read >= 0;
                    read = response.body().read(chunk)) {
                done += read;
                if (done > file.size()) {
                    throw new IOException("more bytes than the file has");
                }
                ByteBuffer bytes = ByteBuffer.wrap(chunk, 0, read);
                write(out, bytes);
                progress.update(file.name(), done, file.size());
            }
            out.force(true);
            if (done < file.size()) {
                throw new IOException("the connection ended after " + done + " of " + file.size() + " bytes");
            }
        }
        return null;
    }

    /** A disk that takes no more is no fault of the connection: it must not be tried again. */
    private static void write(FileChannel out, ByteBuffer bytes) {
        try {
            while (bytes.hasRemaining()) {
                out.write(bytes);
            }
        } catch (IOException full) {
            throw new UncheckedIOException(full);
        }
    }

    /** Where an answer's bytes belong: a server that knows no ranges sends all from the beginning. */
    private static long begin(HttpResponse<InputStream> response, Path partial) throws IOException {
        if (response.statusCode() != PARTIAL) {
            return 0;
        }
        long from = there(partial);
        String range = response.headers().firstValue("Content-Range").orElse("");
        if (!range.startsWith("bytes " + from + "-")) {
            throw new IOException("the server sent another range than was asked for: " + range);
        }
        return from;
    }
}
