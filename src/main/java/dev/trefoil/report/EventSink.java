package dev.trefoil.report;

import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.DoubleSupplier;
import java.util.zip.CRC32C;

/**
 * Writes an event file of TensorBoard: records of a length, its checksum, an Event message and its checksum (TFRecord,
 * https://www.tensorflow.org/tutorials/load_data/tfrecord); the fields are those of tensorflow's event.proto and summary.proto.
 *
 * <p>Tags are those of TRL's own event files, see {@link EventTags}.
 */
public final class EventSink implements MetricSink {

    /** TensorBoard knows event files by this part of the name; the same name always, so that a resumed run goes on in its file. */
    public static final String FILE_NAME = "events.out.tfevents.0.trefoil";

    private static final int WALL_TIME = 1;
    private static final int STEP = 2;
    private static final int FILE_VERSION = 3;
    private static final int SUMMARY = 5;
    private static final int VALUE = 1;
    private static final int TAG = 1;
    private static final int SIMPLE_VALUE = 2;
    private static final int TENSOR = 8;
    private static final int METADATA = 9;
    private static final int DT_STRING = 7;
    private static final int MASK_DELTA = 0xa282ead8;
    private static final int HEADER = Long.BYTES + Integer.BYTES;

    private final Path file;
    private final FileChannel channel;
    private final DoubleSupplier wallClock;

    private EventSink(Path file, FileChannel channel, DoubleSupplier wallClock) {
        this.file = file;
        this.channel = channel;
        this.wallClock = wallClock;
    }

    /**
     * Starts a file, replacing one that is there; missing folders are made.
     *
     * @param wallClock seconds since 1970, for the axis of times
     */
    public static EventSink create(Path file, DoubleSupplier wallClock) {
        return resume(file, Long.MIN_VALUE, wallClock);
    }

    /** Opens a file to go on after a step: records of later steps, and a torn last one, are cut off. */
    public static EventSink resume(Path file, long lastStep, DoubleSupplier wallClock) {
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            long keep = lastStep == Long.MIN_VALUE || !Files.exists(file) ? 0 : lengthUpTo(file, lastStep);
            FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            channel.truncate(keep).position(keep);
            EventSink sink = new EventSink(file, channel, wallClock);
            if (keep == 0) {
                sink.write(sink.event(0).text(FILE_VERSION, "brain.Event:2"));
            }
            return sink;
        } catch (IOException failed) {
            throw fault(file, failed);
        }
    }

    @Override
    public void step(long step, Map<String, Double> metrics) {
        ProtoMessage summary = new ProtoMessage();
        Map<String, Double> ordered = new TreeMap<>(Metrics.FILE_ORDER);
        ordered.putAll(metrics);
        ordered.forEach((name, value) -> {
            for (String tag : value == null ? List.<String>of() : EventTags.of(name)) {
                summary.message(VALUE, new ProtoMessage().text(TAG, tag).single(SIMPLE_VALUE, value.floatValue()));
            }
        });
        write(event(step).message(SUMMARY, summary));
    }

    @Override
    public void text(long step, String tag, String markdown) {
        ProtoMessage plugin = new ProtoMessage().text(1, "text");
        ProtoMessage shape = new ProtoMessage().message(2, new ProtoMessage().number(1, 1));
        ProtoMessage tensor =
                new ProtoMessage().number(1, DT_STRING).message(2, shape).text(8, markdown);
        ProtoMessage value = new ProtoMessage()
                .text(TAG, tag + "/text_summary")
                .message(METADATA, new ProtoMessage().message(1, plugin))
                .message(TENSOR, tensor);
        write(event(step).message(SUMMARY, new ProtoMessage().message(VALUE, value)));
    }

    @Override
    public void close() {
        try {
            if (channel.isOpen()) {
                channel.force(false);
                channel.close();
            }
        } catch (IOException failed) {
            throw fault(file, failed);
        }
    }

    private ProtoMessage event(long step) {
        return new ProtoMessage().real(WALL_TIME, wallClock.getAsDouble()).number(STEP, step);
    }

    private void write(ProtoMessage event) {
        byte[] data = event.toBytes();
        ByteBuffer record = ProtoMessage.little(HEADER + data.length + Integer.BYTES);
        record.putLong(data.length);
        record.putInt(maskedChecksum(record.array(), 0, Long.BYTES));
        record.put(data);
        record.putInt(maskedChecksum(data, 0, data.length));
        record.flip();
        try {
            while (record.hasRemaining()) {
                channel.write(record);
            }
        } catch (IOException failed) {
            throw fault(file, failed);
        }
    }

    /** CRC-32C, turned by 15 bits and moved, as TFRecord wants it. */
    static int maskedChecksum(byte[] bytes, int from, int length) {
        CRC32C checksum = new CRC32C();
        checksum.update(bytes, from, length);
        int value = (int) checksum.getValue();
        return Integer.rotateRight(value, 15) + MASK_DELTA;
    }

    /** Bytes of the whole records up to a step; steps rise. */
    private static long lengthUpTo(Path file, long lastStep) throws IOException {
        ByteBuffer in = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        int keep = 0;
        try {
            while (in.hasRemaining()) {
                long length = in.getLong();
                in.getInt();
                if (length < 0 || length > in.remaining() - Integer.BYTES) {
                    break;
                }
                byte[] data = new byte[(int) length];
                in.get(data);
                boolean whole = in.getInt() == maskedChecksum(data, 0, data.length);
                if (!whole || ProtoMessage.number(data, STEP) > lastStep) {
                    break;
                }
                keep = in.position();
            }
        } catch (BufferUnderflowException | IllegalArgumentException torn) {
            // What was read so far is whole.
            return keep;
        }
        return keep;
    }

    private static UserError fault(Path file, IOException cause) {
        return new UserError(
                ExitCode.FAILED,
                file + ": cannot write events: " + cause.getMessage() + "; check the disk and the folder's rights",
                cause);
    }
}
