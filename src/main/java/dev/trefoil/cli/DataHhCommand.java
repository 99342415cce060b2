package dev.trefoil.cli;

import dev.trefoil.data.published.Dialogues;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "hh",
        mixinStandardHelpOptions = true,
        description = "Make the files of the stages from the dialogues of hh-rlhf, cut at their last answer.",
        footer = {
            "",
            "Example:",
            "  trefoil data hh helpful-base/train.jsonl.gz --test helpful-base/test.jsonl.gz --out .data/hh"
        })
final class DataHhCommand implements Callable<Integer> {

    @Mixin
    private PublishedOptions options;

    @Override
    public Integer call() {
        return options.print(Dialogues.write(options.split(), options.out(), options.form(), options.strict()));
    }
}
