package dev.trefoil.cli;

import dev.trefoil.ExitCode;
import dev.trefoil.train.StopSignal;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The program {@code trefoil}. */
@Command(
        name = "trefoil",
        description =
                "RLHF on one ordinary machine: supervised fine-tune, reward model and PPO over one frozen 8-bit base.",
        synopsisSubcommandLabel = "COMMAND",
        mixinStandardHelpOptions = true,
        versionProvider = VersionCommand.Text.class,
        subcommands = {
            RunCommand.class,
            SftCommand.class,
            RewardCommand.class,
            PpoCommand.class,
            PretrainCommand.class,
            FetchCommand.class,
            PrepareCommand.class,
            PlanCommand.class,
            DoctorCommand.class,
            MergeCommand.class,
            ExportCommand.class,
            GenerateCommand.class,
            CombineCommand.class,
            ReportCommand.class,
            ReproduceCommand.class,
            ScoreCommand.class,
            ReplayCommand.class,
            NewCommand.class,
            EvalCommand.class,
            InspectCommand.class,
            VerifyCommand.class,
            BenchCommand.class,
            ConfigCommand.class,
            MetricsCommand.class,
            DataCommand.class,
            VersionCommand.class
        },
        footer = {"", "Example:", "  trefoil run pipelines/quickstart/pipeline.yaml"})
public final class Trefoil implements Runnable {

    private static final int USAGE_COLUMNS = 110;

    @Spec
    private CommandSpec spec;

    @Option(
            names = {"-v", "--verbose"},
            scope = ScopeType.INHERIT,
            description = "Show stack traces.")
    private boolean verbose;

    private final StopSignal stop = new StopSignal();

    /** Runs the command and ends the process with its exit code. */
    public static void main(String[] arguments) {
        CommandLine line = commandLine();
        StopSignal stop = ((Trefoil) line.getCommand()).stop();
        CountDownLatch ended = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> finish(stop, ended), "finish"));
        int code = line.execute(arguments);
        ended.countDown();
        System.exit(code);
    }

    /** On SIGTERM or Ctrl-C the system waits for this: a loop under way ends its step and saves. */
    private static void finish(StopSignal stop, CountDownLatch ended) {
        if (ended.getCount() == 0 || !stop.isHeard()) {
            return;
        }
        System.err.println("stopping: the step under way is finished and saved first");
        stop.request();
        try {
            ended.await();
        } catch (InterruptedException hurried) {
            Thread.currentThread().interrupt();
        }
    }

    /** Asks the stage that this program runs to end early. */
    StopSignal stop() {
        return stop;
    }

    /** The parser with all commands, ready to execute; its streams may be replaced. */
    public static CommandLine commandLine() {
        Trefoil program = new Trefoil();
        CommandLine line = new CommandLine(program)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setUsageHelpWidth(USAGE_COLUMNS)
                .setExecutionExceptionHandler(new Faults(() -> program.verbose));
        CommandLine.IParameterExceptionHandler usage = line.getParameterExceptionHandler();
        line.setParameterExceptionHandler((fault, arguments) -> usage(fault, arguments, usage));
        describe(line);
        return line;
    }

    /** picocli prints the whole help below a usage fault; the message and where to find the help are enough. */
    private static int usage(
            ParameterException fault, String[] arguments, CommandLine.IParameterExceptionHandler suggestions)
            throws Exception {
        CommandLine command = fault.getCommandLine();
        if (fault instanceof CommandLine.UnmatchedArgumentException unmatched && !unmatched.isUnknownOption()) {
            return suggestions.handleParseException(fault, arguments);
        }
        command.getErr().println(command.getCommandSpec().qualifiedName() + ": " + fault.getMessage());
        CommandLine.UnmatchedArgumentException.printSuggestions(fault, command.getErr());
        command.getErr().println("try: " + command.getCommandSpec().qualifiedName() + " --help");
        return ExitCode.USAGE.value();
    }

    private static void describe(CommandLine line) {
        Map<String, String> codes = new LinkedHashMap<>();
        codes.put("0", "done");
        codes.put("1", "a run or a check failed");
        codes.put("2", "usage: unknown option, missing argument");
        codes.put("3", "a configuration, data or model file is wrong; the message says where and what to do");
        codes.put("4", "refused: the run cannot work on this machine or with these settings");
        codes.put("5", "two artifacts do not fit each other");
        codes.put("130", "stopped by Ctrl-C (143: by SIGTERM) after saving; --resume goes on");
        line.getCommandSpec()
                .usageMessage()
                .exitCodeListHeading("%nExit codes:%n")
                .exitCodeList(codes);
        line.getSubcommands().values().forEach(Trefoil::describe);
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "which command? trefoil --help lists them");
    }
}
