package dev.trefoil.report.page;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.hubspot.jinjava.Jinjava;
import com.hubspot.jinjava.JinjavaConfig;
import com.hubspot.jinjava.interpret.RenderResult;
import com.hubspot.jinjava.interpret.TemplateError;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Fills a template of resources/report. Every value is escaped for HTML, and no value is ever read as a template. */
final class PageTemplate {

    private static final String FOLDER = "report/";
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private PageTemplate() {}

    /**
     * Fills the template.
     *
     * @param name of the file in resources/report
     * @param model becomes maps, lists and texts, by its components' names
     */
    static String fill(String name, Record model) {
        Map<String, Object> values = JSON.convertValue(model, new TypeReference<Map<String, Object>>() {});
        RenderResult result = engine().renderForResult(resource(name), values);
        if (!result.getErrors().isEmpty()) {
            throw new IllegalStateException(name + ": "
                    + result.getErrors().stream().map(TemplateError::getMessage).collect(Collectors.joining("; ")));
        }
        return result.getOutput();
    }

    private static Jinjava engine() {
        Jinjava engine = new Jinjava(JinjavaConfig.newBuilder()
                .withTrimBlocks(true)
                .withLstripBlocks(true)
                .withLocale(Locale.ROOT)
                .withNestedInterpretationEnabled(false)
                .withFailOnUnknownTokens(true)
                .build());
        engine.getGlobalContext().setAutoEscape(true);
        engine.setResourceLocator((file, charset, interpreter) -> resource(file));
        return engine;
    }

    private static String resource(String name) {
        try (InputStream in = PageTemplate.class.getClassLoader().getResourceAsStream(FOLDER + name)) {
            if (in == null) {
                throw new IllegalStateException("no template " + FOLDER + name);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }
}
