package dev.trefoil.cli;

import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import dev.trefoil.adapter.LinearSite;
import dev.trefoil.adapter.LoraAdapter;
import dev.trefoil.adapter.PeftFiles;
import dev.trefoil.adapter.TaskType;
import dev.trefoil.adapter.WeightedAdapters;
import dev.trefoil.adapter.WeightedAdapters.Combination;
import dev.trefoil.adapter.WeightedAdapters.Weighted;
import dev.trefoil.artifact.Artifact;
import dev.trefoil.family.Family;
import dev.trefoil.quant.BaseConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "combine",
        mixinStandardHelpOptions = true,
        description = "Make one adapter of several, each with a weight, as PEFT's add_weighted_adapter does.",
        footer = {
            "",
            "Example:",
            "  trefoil combine --base bases/quickstart --adapter runs/quickstart/sft --adapter runs/quickstart/ppo=0.5 \\",
            "      --out adapters/half-way"
        })
final class CombineCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Option(names = "--base", required = true, paramLabel = "DIR", description = "Base store.")
    private Path base;

    @Option(
            names = "--adapter",
            required = true,
            paramLabel = "DIR[=WEIGHT]",
            converter = WeightedPath.Converter.class,
            description = "Artifact of a stage or folder of PEFT files, and its weight (1); may be repeated.")
    private List<WeightedPath> adapters = List.of();

    @Option(
            names = "--combination-type",
            defaultValue = "cat",
            description = {
                "${COMPLETION-CANDIDATES} (${DEFAULT-VALUE}). cat: exactly the weighted sum, with the sum of the ranks.",
                "svd: the sum cut to --svd-rank. linear: sums of the factors, a rough approximation."
            })
    private Combination combination;

    @Option(
            names = "--svd-rank",
            paramLabel = "RANK",
            description = "For svd; the largest rank among the adapters if absent.")
    private Integer svdRank;

    @Option(names = "--out", required = true, paramLabel = "DIR", description = "Folder to make, of PEFT files.")
    private Path out;

    @Override
    public Integer call() throws IOException {
        InputPath.folder(base, "a base store (trefoil prepare makes one)");
        if (Files.exists(out)) {
            throw UserError.data(out + ": exists already; choose another --out");
        }
        if (svdRank != null && (svdRank < 1 || combination != Combination.SVD)) {
            throw new UserError(
                    ExitCode.USAGE, "--svd-rank: found " + svdRank + ", wanted a number above 0 beside type svd");
        }
        BaseConfig config = BaseConfig.read(base);
        List<LinearSite> sites = Family.of(config.family()).sites(config);
        List<Weighted> weighted = new ArrayList<>();
        for (WeightedPath each : adapters) {
            Path folder = InputPath.folder(each.path(), "an artifact or a folder of PEFT files");
            if (Artifact.exists(folder)) {
                folder = Artifact.open(folder)
                        .requireBase(config.baseHash(), base.toString())
                        .adapter();
            }
            weighted.add(new Weighted(PeftFiles.read(folder, sites, each.path().toString()), each.weight()));
        }
        LoraAdapter combined = WeightedAdapters.combine("combined", sites, weighted, combination, svdRank);
        PeftFiles.write(out, combined, config.source().description(), TaskType.CAUSAL_LM);
        spec.commandLine()
                .getOut()
                .println("combined: " + out + " (" + combined.modules().size() + " linears, rank "
                        + combined.config().r() + ")");
        spec.commandLine().getOut().flush();
        return 0;
    }
}
