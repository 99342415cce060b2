package dev.trefoil.cli;

import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.CommandSpec;

/** The command as it was typed, for a shell to repeat. */
final class CommandText {

    private static final String PROGRAM = "scripts/trefoil ";
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_@%+=:,./-]+");

    private CommandText() {}

    /** Such as {@code scripts/trefoil run pipelines/quickstart/pipeline.yaml --set 'sft.lora.target_modules=[q_proj]'}. */
    static String of(CommandSpec spec) {
        List<String> arguments = spec.root().commandLine().getParseResult().originalArgs();
        return PROGRAM + arguments.stream().map(CommandText::quoted).collect(Collectors.joining(" "));
    }

    static String quoted(String argument) {
        return PLAIN.matcher(argument).matches() ? argument : "'" + argument.replace("'", "'\\''") + "'";
    }
}
