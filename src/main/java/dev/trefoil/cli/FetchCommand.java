package dev.trefoil.cli;

import dev.trefoil.hub.Hub;
import dev.trefoil.hub.ModelId;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "fetch",
        mixinStandardHelpOptions = true,
        description = {
            "Fetch a model from the hub into the cache, and print where it lies.",
            "Broken transfers go on where they stopped; checksums are compared. HF_TOKEN is shown to the endpoint only."
        },
        footer = {"", "Example:", "  trefoil fetch HuggingFaceTB/SmolLM2-135M-Instruct"})
final class FetchCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "ORG/NAME[@REVISION]", description = "Id of the model.")
    private String id;

    @Mixin
    private HubOptions hub;

    @Mixin
    private JsonOption json;

    @Override
    public Integer call() {
        Hub.Fetched fetched = hub.fetch(ModelId.parse(id), spec.commandLine().getErr());
        PrintWriter out = spec.commandLine().getOut();
        if (json.wanted()) {
            Map<String, Object> object = new LinkedHashMap<>();
            object.put("path", fetched.path().toString());
            object.put("commit", fetched.commit());
            object.put("bytes", fetched.bytes());
            out.println(JsonOption.line(object));
        } else {
            out.println(fetched.path());
        }
        out.flush();
        return 0;
    }
}
