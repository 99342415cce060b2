package dev.trefoil.token;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.core.util.Separators;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.lib.filter.AdvancedFilter;
import java.util.Map;

/** The filter {@code tojson} of transformers' templates: Python's json.dumps without escapes for what is not ASCII. */
final class PythonJson implements AdvancedFilter {

    private static final JsonMapper JSON = new JsonMapper();

    private static final Separators SEPARATORS = Separators.createDefaultInstance()
            .withObjectEmptySeparator("")
            .withArrayEmptySeparator("")
            .withObjectFieldValueSpacing(Separators.Spacing.AFTER);

    @Override
    public String getName() {
        return "tojson";
    }

    @Override
    public Object filter(Object value, JinjavaInterpreter interpreter, Object[] args, Map<String, Object> named) {
        Object indent = args.length > 0 ? args[0] : named.get("indent");
        return write(value, indent instanceof Number spaces ? spaces.intValue() : -1);
    }

    /** @param indent spaces of a level, or -1 for all on one line */
    static String write(Object value, int indent) {
        DefaultPrettyPrinter printer;
        if (indent < 0) {
            printer = new DefaultPrettyPrinter(SEPARATORS
                    .withObjectEntrySpacing(Separators.Spacing.AFTER)
                    .withArrayValueSpacing(Separators.Spacing.AFTER));
            printer.indentObjectsWith(new DefaultPrettyPrinter.NopIndenter());
            printer.indentArraysWith(new DefaultPrettyPrinter.NopIndenter());
        } else {
            DefaultIndenter lines = new DefaultIndenter(" ".repeat(indent), "\n");
            printer = new DefaultPrettyPrinter(SEPARATORS);
            printer.indentObjectsWith(lines);
            printer.indentArraysWith(lines);
        }
        try {
            return JSON.writer(printer).writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("tojson: " + e.getOriginalMessage(), e);
        }
    }
}
