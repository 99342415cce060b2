package dev.trefoil.cli;

import dev.trefoil.data.published.Reviews;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "imdb",
        mixinStandardHelpOptions = true,
        description =
                "Make the files of the stages from IMDB's film reviews: rows with text and label, or folders with pos and neg.",
        footer = {"", "Example:", "  trefoil data imdb aclImdb/train --test aclImdb/test --out .data/imdb-stages"})
final class DataImdbCommand implements Callable<Integer> {

    @Mixin
    private PublishedOptions options;

    @Override
    public Integer call() {
        return options.print(Reviews.write(options.split(), options.out(), options.form(), options.strict()));
    }
}
