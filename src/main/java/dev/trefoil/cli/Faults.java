package dev.trefoil.cli;

import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import dev.trefoil.reward.RewardException;
import java.io.PrintWriter;
import java.util.function.BooleanSupplier;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.ParseResult;

/** Turns what a command threw into one message and an exit code. */
final class Faults implements IExecutionExceptionHandler {

    private final BooleanSupplier verbose;

    Faults(BooleanSupplier verbose) {
        this.verbose = verbose;
    }

    @Override
    public int handleExecutionException(Exception fault, CommandLine command, ParseResult arguments) {
        PrintWriter err = command.getErr();
        String name = command.getCommandSpec().qualifiedName();
        UserError known = known(fault);
        boolean traced = verbose.getAsBoolean();
        if (known != null) {
            err.println(name + ": " + known.getMessage());
        } else if (fault instanceof RewardException reward) {
            err.println(name + ": " + reward.getMessage());
        } else {
            err.println(name + ": unexpected fault: " + oneLine(fault) + (traced ? "" : "; run with -v for its trace"));
        }
        if (traced) {
            fault.printStackTrace(err);
        }
        err.flush();
        return known == null ? ExitCode.FAILED.value() : known.code().value();
    }

    /** Parallel code and resource handling may wrap the error that was meant for the user. */
    private static UserError known(Throwable fault) {
        for (Throwable at = fault; at != null; at = at.getCause()) {
            if (at instanceof UserError error) {
                return error;
            }
        }
        return null;
    }

    private static String oneLine(Throwable fault) {
        String message = fault.getMessage() == null
                ? ""
                : ": " + fault.getMessage().lines().findFirst().orElse("");
        return fault.getClass().getSimpleName() + message;
    }
}
