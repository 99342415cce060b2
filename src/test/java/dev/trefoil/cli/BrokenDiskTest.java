package dev.trefoil.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * A disk that is full, a folder that cannot be written, data that is gone: the run ends in one message, the last checkpoint is whole, and
 * when the fault is mended it ends with the same bytes. Disks are small file systems in memory, mounted in a name space of the test's own
 * where the system lets users do that.
 */
@EnabledOnOs(OS.LINUX)
class BrokenDiskTest {

    /** What the scripts below begin with: run NAME CODE ARGUMENTS... starts the program and expects what it returns. */
    private static final String RUN = """
            set -u
            fail() { echo "FAILED: $*" >> "$logs/script.log"; exit 99; }
            run() {
                local name=$1 wanted=$2 code=0; shift 2
                "${program[@]}" "$@" > "$logs/$name.log" 2>&1 || code=$?
                [ "$code" = "$wanted" ] || fail "$name ended with $code, wanted $wanted"
            }
            step() { for i in $(seq 3000); do [ -e "$out.work/checkpoints/step-$1" ] && return; sleep 0.01; done; fail "no step $1"; }
            """;

    private static final String FULL = RUN + """
            mount -t tmpfs -o size=4m tmpfs "$disk" || exit 98
            "${program[@]}" "$@" > "$logs/first.log" 2>&1 &
            child=$!
            step 6
            dd if=/dev/zero of="$disk/filler" bs=4k > /dev/null 2>&1
            wait $child; code=$?
            [ $code = 1 ] || fail "with a full disk it ended with $code"
            run again 1 "$@" --resume
            rm "$disk/filler"
            run resumed 0 "$@" --resume
            cp -r "$disk/run" "$kept"
            """;

    private static final String READ_ONLY = RUN + """
            mount -t tmpfs -o size=16m tmpfs "$disk" || exit 98
            "${program[@]}" "$@" > "$logs/first.log" 2>&1 &
            child=$!
            step 6
            kill -TERM $child; wait $child; code=$?
            [ $code = 143 ] || fail "asked to end it ended with $code"
            mount -o remount,ro "$disk" || exit 98
            run again 3 "$@" --resume
            run anew 3 "$@" --restart
            mount -o remount,rw "$disk"
            run resumed 0 "$@" --resume
            cp -r "$disk/run" "$kept"
            """;

    @TempDir
    private static Path folder;

    private static TinyRuns runs;

    @BeforeAll
    static void write() throws IOException {
        runs = TinyRuns.in(folder);
    }

    /** Runs a script with a disk of its own at {@code folder/NAME/disk}; what it keeps lies in {@code folder/NAME/kept}. */
    private static Path withDisk(String name, String script) throws IOException, InterruptedException {
        Path logs = Files.createDirectories(folder.resolve(name));
        Path disk = Files.createDirectory(logs.resolve("disk"));
        Path out = disk.resolve("run/sft");
        StringBuilder begin = new StringBuilder("logs='" + logs + "' disk='" + disk + "' out='" + out + "' kept='"
                + logs.resolve("kept") + "'\nprogram=(");
        ChildRun.program().forEach(word -> begin.append(" '").append(word).append("'"));
        begin.append(" )\nset --");
        for (String word : runs.command("sft", out)) {
            begin.append(" '").append(word).append("'");
        }
        Process process = new ProcessBuilder("unshare", "-rm", "bash", "-c", begin + "\n" + script)
                .redirectErrorStream(true)
                .redirectOutput(logs.resolve("bash.log").toFile())
                .start();
        assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
        assumeTrue(process.exitValue() != 98, "no file system can be mounted here");
        assertThat(process.exitValue())
                .as(() -> text(logs.resolve("script.log")) + text(logs.resolve("bash.log")))
                .isZero();
        return logs;
    }

    private static String text(Path file) {
        try {
            return Files.exists(file) ? Files.readString(file) : "";
        } catch (IOException failed) {
            return failed.toString();
        }
    }

    private static void assumeNamespaces() throws IOException, InterruptedException {
        Process process;
        try {
            process = new ProcessBuilder("unshare", "-rm", "true").start();
        } catch (IOException missing) {
            assumeTrue(false, "there is no unshare");
            return;
        }
        assumeTrue(process.waitFor() == 0, "users may not make name spaces here");
    }

    private static void isOneMessage(String log, String... wanted) {
        assertThat(log).contains(wanted).doesNotContain("\tat ", "unexpected fault");
    }

    @Test
    void a_full_disk_leaves_the_last_checkpoint() throws Exception {
        assumeNamespaces();
        Path whole = runs.undisturbed("sft");
        Path logs = withDisk("full", FULL);
        isOneMessage(text(logs.resolve("first.log")), "No space left on device", "free some space", "--resume");
        isOneMessage(text(logs.resolve("again.log")), "No space left on device", "free some space", "--resume");
        assertThat(text(logs.resolve("resumed.log"))).contains("goes on after step");
        TinyRuns.isTheSame(logs.resolve("kept/sft"), whole);
    }

    @Test
    void a_folder_that_cannot_be_written_is_named() throws Exception {
        assumeNamespaces();
        Path whole = runs.undisturbed("sft");
        Path logs = withDisk("read-only", READ_ONLY);
        isOneMessage(text(logs.resolve("again.log")), "cannot be written", "Read-only file system", "--out");
        isOneMessage(text(logs.resolve("anew.log")), "cannot be written", "Read-only file system", "--out");
        assertThat(text(logs.resolve("resumed.log"))).contains("goes on after step");
        TinyRuns.isTheSame(logs.resolve("kept/sft"), whole);
    }

    @Test
    void a_limit_on_files_ends_it_in_words() throws Exception {
        Path whole = runs.undisturbed("sft");
        Path out = folder.resolve("full").resolve("sft");
        String[] command = runs.command("sft", out, "--set", "train.max_steps=40");
        try (ChildRun first = ChildRun.start(folder.resolve("before-full.log"), command)) {
            first.until("sft  8/40").terminate();
        }
        // A limit on the size of files stands for the disk: adapter and checkpoints are larger, metrics are not.
        List<String> limit = List.of("bash", "-c", "ulimit -f 16; exec \"$@\"", "bash");
        try (ChildRun full = ChildRun.start(limit, folder.resolve("full.log"), runs.command("sft", out, "--resume"))) {
            assertThat(full.end()).as(full.messages()).isEqualTo(1);
            assertThat(full.messages())
                    .contains("the checkpoint cannot be written", "--resume")
                    .doesNotContain("\tat ");
        }
        try (ChildRun child = ChildRun.start(folder.resolve("after-full.log"), runs.command("sft", out, "--resume"))) {
            assertThat(child.end()).as(child.messages()).isZero();
        }
        TinyRuns.isTheSame(out, whole);
    }

    @Test
    void data_that_is_gone_is_named_and_the_run_goes_on_when_it_is_back() throws Exception {
        Path whole = runs.undisturbed("reward");
        Path out = folder.resolve("gone").resolve("reward");
        Path data = folder.resolve("pairs.jsonl");
        Path away = folder.resolve("away.jsonl");
        try (ChildRun first = ChildRun.start(folder.resolve("before-gone.log"), runs.command("reward", out))) {
            first.until("reward  8/40");
            // A run has read its data by now and does not miss it.
            Files.move(data, away);
            int code = first.until("reward 12/40").terminate();
            assertThat(code).as(first.messages()).isEqualTo(143);
        }
        CommandLineRun gone = CommandLineRun.of(runs.command("reward", out, "--resume"));
        assertThat(gone.code()).as(gone.err()).isEqualTo(3);
        isOneMessage(gone.err(), "pairs.jsonl", "no such file");
        Files.writeString(data, Files.readString(away) + Files.readString(away));
        CommandLineRun other = CommandLineRun.of(runs.command("reward", out, "--resume"));
        assertThat(other.code()).as(other.err()).isEqualTo(5);
        isOneMessage(other.err(), "was written with another configuration, base or input");
        Files.move(away, data, StandardCopyOption.REPLACE_EXISTING);
        CommandLineRun back = CommandLineRun.of(runs.command("reward", out, "--resume"));
        assertThat(back.code()).as(back.err()).isZero();
        TinyRuns.isTheSame(out, whole);
    }
}
