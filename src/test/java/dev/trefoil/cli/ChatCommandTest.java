package dev.trefoil.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trefoil.TinyBase;
import dev.trefoil.prepare.Prepare;
import dev.trefoil.prepare.PrepareOptions;
import dev.trefoil.prepare.PrepareProgress;
import dev.trefoil.quant.Precision;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** Three stages on messages, and a dialogue with what they made. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ChatCommandTest {

    private static final String TEMPLATE = "{% for m in messages %}{{ m.role + ': ' + m.content + eos_token + '\n' }}"
            + "{% endfor %}{% if add_generation_prompt %}{{ 'assistant: ' }}{% endif %}";
    private static final String ASK = "{\"role\": \"user\", \"content\": \"The film\"}";

    @TempDir
    private static Path folder;

    private static Path base;

    @BeforeAll
    static void prepare() throws IOException {
        Path published = TinyBase.publish(folder.resolve("hf"));
        Files.writeString(published.resolve("chat_template.jinja"), TEMPLATE);
        base = folder.resolve("base");
        Prepare.run(published, base, PrepareOptions.of(Precision.FP32), PrepareProgress.silent());
        StringBuilder talks = new StringBuilder();
        StringBuilder pairs = new StringBuilder();
        for (int i = 0; i < 8; i++) {
            talks.append("{\"messages\": [")
                    .append(ASK)
                    .append(", ")
                    .append(says("was good " + i))
                    .append("]}\n");
            pairs.append("{\"prompt\": [")
                    .append(ASK)
                    .append("], \"chosen\": [")
                    .append(says("good " + i));
            pairs.append("], \"rejected\": [").append(says("bad " + i)).append("]}\n");
        }
        Files.writeString(folder.resolve("talks.jsonl"), talks);
        Files.writeString(folder.resolve("pairs.jsonl"), pairs);
    }

    private static String says(String text) {
        return "{\"role\": \"assistant\", \"content\": \"" + text + "\"}";
    }

    private static CommandLineRun chat(String input, String... more) {
        InputStream before = System.in;
        System.setIn(new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)));
        try {
            String[] all = new String[more.length + 8];
            System.arraycopy(
                    new String[] {
                        "generate",
                        "--base",
                        base.toString(),
                        "--chat",
                        "--max-new-tokens",
                        "6",
                        "--engine",
                        "compute=fp32"
                    },
                    0,
                    all,
                    0,
                    8);
            System.arraycopy(more, 0, all, 8, more.length);
            return CommandLineRun.of(all);
        } finally {
            System.setIn(before);
        }
    }

    @Test
    @Order(1)
    void three_stages_learn_from_messages() throws IOException {
        String common = "engine: {compute: fp32, int8_forward: false, int8_backward: false}\n"
                + "lora: {r: 4, target_modules: all-linear}\n";
        Files.writeString(
                folder.resolve("sft.yaml"),
                common + "data: {path: \"" + folder.resolve("talks.jsonl") + "\", chat: {assistant_only_loss: true}}\n"
                        + "packing: {length: 48}\neval: {samples: 1, sample_tokens: 4}\ntrain: {max_steps: 2, batch_size: 2}\n");
        Files.writeString(
                folder.resolve("reward.yaml"),
                common + "data: {path: \"" + folder.resolve("pairs.jsonl") + "\"}\nrows: {length: 64}\n"
                        + "train: {max_steps: 2}\n");
        Files.writeString(
                folder.resolve("ppo.yaml"),
                common + "sft: stage:sft\nreward: {model: \"stage:reward\"}\n"
                        + "data: {path: \"" + folder.resolve("talks.jsonl") + "\"}\nprompts: {max_tokens: 40}\n"
                        + "sampling: {max_new_tokens: 6}\nppo: {steps: 1, batch_size: 4}\n");
        Files.writeString(
                folder.resolve("pipeline.yaml"),
                "base: \"" + base + "\"\nout: \"" + folder.resolve("run") + "\"\nstages:\n"
                        + "  - {stage: sft, config: sft.yaml}\n  - {stage: reward, config: reward.yaml}\n"
                        + "  - {stage: ppo, config: ppo.yaml}\n");
        CommandLineRun run =
                CommandLineRun.of("run", folder.resolve("pipeline.yaml").toString());
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(folder.resolve("run/ppo/manifest.json")).exists();
    }

    @Test
    @Order(2)
    void a_dialogue_reads_lines_keeps_its_turns_and_forgets_them() {
        String adapter = folder.resolve("run/sft").toString();
        CommandLineRun run = chat(
                "The film\n\n/reset\n The film \nThe film\n/what\n/exit\nnot read\n",
                "--adapter",
                adapter,
                "--greedy",
                "--json");
        assertThat(run.code()).as(run.err()).isZero();
        String[] lines = run.out().strip().split("\n");
        assertThat(lines).hasSize(3);
        assertThat(lines[1]).isEqualTo(lines[0]).contains("\"user\":\"The film\"", "\"assistant\":");
        assertThat(lines[2]).isNotEqualTo(lines[0]);
        assertThat(run.err()).contains("forgotten", "no command /what");
        CommandLineRun told = chat("The film\n", "--adapter", adapter, "--greedy", "--json", "--system", "Say it.");
        assertThat(told.out().strip()).isNotEqualTo(lines[0]);
    }

    @Test
    void old_turns_make_room_for_new_ones() {
        CommandLineRun run = chat("The film was long.\n".repeat(8), "--system", "Talk.");
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.err()).contains("the context is full");
        CommandLineRun tooLong = chat("The film was long. ".repeat(60) + "\n");
        assertThat(tooLong.code()).isEqualTo(3);
        assertThat(tooLong.err()).contains("exceed the model's context");
    }

    @Test
    void inspect_shows_which_tokens_count() {
        String file = folder.resolve("talks.jsonl").toString();
        CommandLineRun run = CommandLineRun.of(
                "inspect", file, "--rows", "1", "--base", base.toString(), "--set", "chat.assistant_only_loss=true");
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out()).contains("messages", "user: The film<|endoftext|>", "⟦ was good 0<|endoftext|>⟧");
    }

    @Test
    void tells_what_does_not_go_together_or_is_missing() throws IOException {
        assertThat(chat("", "--prompt", "x").code()).isEqualTo(2);
        assertThat(CommandLineRun.of("generate", "--base", base.toString(), "--prompt", "x", "--system", "y")
                        .code())
                .isEqualTo(2);
        Path bare = folder.resolve("bare");
        Prepare.run(
                TinyBase.publish(folder.resolve("hf-bare")),
                bare,
                PrepareOptions.of(Precision.FP32),
                PrepareProgress.silent());
        CommandLineRun run = CommandLineRun.of("generate", "--base", bare.toString(), "--chat");
        assertThat(run.code()).isEqualTo(3);
        assertThat(run.err()).contains("has no chat template");
    }
}
