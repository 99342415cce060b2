package dev.trefoil.cli;

import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import dev.trefoil.generate.Dialogue;
import dev.trefoil.report.PrintableText;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/** Reads turns line by line and prints the answers; whatever is not an answer goes to the error output. */
record ChatLoop(Dialogue dialogue, PrintWriter out, PrintWriter err, boolean json) {

    private static final String MARK = "> ";

    /** Until the input ends or says /exit. */
    void run(InputStream input) {
        boolean person = System.console() != null;
        if (person) {
            say("Each line is a turn; /reset forgets the dialogue, /exit (or Ctrl-D) ends it.");
        }
        try {
            BufferedReader lines = new BufferedReader(new InputStreamReader(input, StandardCharsets.UTF_8));
            for (String line = read(lines, person); line != null; line = read(lines, person)) {
                String turn = line.strip();
                if (turn.equals("/exit")) {
                    return;
                }
                if (turn.equals("/reset")) {
                    dialogue.reset();
                    say("forgotten: the dialogue begins anew");
                } else if (turn.startsWith("/")) {
                    say("no command " + turn + "; there are /reset and /exit");
                } else if (!turn.isEmpty()) {
                    answer(turn, person);
                }
            }
        } catch (IOException e) {
            throw new UserError(ExitCode.FAILED, "the input cannot be read: " + e.getMessage(), e);
        }
    }

    /** A person can put a refused turn otherwise; in a pipe it ends the run. */
    private void answer(String turn, boolean person) {
        try {
            print(turn, dialogue.ask(turn));
        } catch (UserError refused) {
            if (!person) {
                throw refused;
            }
            say(refused.getMessage());
        }
    }

    private String read(BufferedReader lines, boolean person) throws IOException {
        if (person) {
            out.print(MARK);
            out.flush();
        }
        return lines.readLine();
    }

    private void print(String turn, Dialogue.Answer answer) {
        if (answer.forgotten() > 0) {
            say("the context is full: the first " + answer.forgotten() + " turns are forgotten");
        }
        if (json) {
            Map<String, Object> object = new LinkedHashMap<>();
            object.put("user", turn);
            object.put("assistant", answer.text());
            object.put("ended", answer.ended());
            out.println(JsonOption.line(object));
        } else {
            answer.text().lines().forEach(line -> out.println(PrintableText.of(line)));
            if (answer.text().isEmpty()) {
                out.println();
            }
            if (!answer.ended()) {
                say("(cut at --max-new-tokens)");
            }
        }
        out.flush();
    }

    private void say(String text) {
        err.println(text);
        err.flush();
    }
}
