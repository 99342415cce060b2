package dev.trefoil.token;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.hubspot.jinjava.Jinjava;
import com.hubspot.jinjava.JinjavaConfig;
import com.hubspot.jinjava.LegacyOverrides;
import com.hubspot.jinjava.el.JinjavaInterpreterResolver;
import com.hubspot.jinjava.el.JinjavaProcessors;
import com.hubspot.jinjava.interpret.RenderResult;
import com.hubspot.jinjava.interpret.TemplateError;
import com.hubspot.jinjava.lib.fn.ELFunctionDefinition;
import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import dev.trefoil.data.ChatMessage;
import dev.trefoil.data.ChatText;
import dev.trefoil.data.Conversation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import jinjava.javax.el.CompositeELResolver;

/**
 * The Jinja template that turns a conversation into the text a model was trained on. Rendered as Hugging Face transformers does:
 * {@code trim_blocks} and {@code lstrip_blocks} on, {@code raise_exception} known, {@code generation} blocks mark what the
 * assistant says.
 */
public final class ChatTemplate {

    private static final JsonMapper JSON = new JsonMapper();

    /** Noncharacters of Unicode, which no text holds: they stand where a generation block begins and ends. */
    private static final char BEGIN = '\uFDD0';

    private static final char END = '\uFDD1';

    /** Characters of a rendered conversation, or of one value in it; no row of a data file is longer. */
    static final int MOST_CHARACTERS = 64 << 20;

    private static final int MOST_ITEMS = 1 << 20;

    /** Pieces of a template that are rendered in all: a loop within loops ends there. A thousand messages take about 50,000. */
    private static final int MOST_PIECES = 1_000_000;

    private final String where;
    private final String source;
    private final Map<String, String> specialTokens;

    private ChatTemplate(String where, String source, Map<String, String> specialTokens) {
        this.where = where;
        this.source = source;
        this.specialTokens = Map.copyOf(specialTokens);
    }

    /**
     * The template of a model folder: chat_template.jinja, else {@code chat_template} of tokenizer_config.json; empty when
     * there is none.
     */
    public static Optional<ChatTemplate> open(Path folder, Tokenizer tokenizer) {
        Path jinja = folder.resolve("chat_template.jinja");
        Path config = folder.resolve("tokenizer_config.json");
        try {
            if (Files.exists(jinja)) {
                return Optional.of(of(jinja.toString(), Files.readString(jinja), tokenizer));
            }
            JsonNode found =
                    Files.exists(config) ? JSON.readTree(config.toFile()).path("chat_template") : JSON.missingNode();
            String source = found.isArray() ? named(found) : found.textValue();
            return Optional.ofNullable(source).map(text -> of(config + " chat_template", text, tokenizer));
        } catch (IOException e) {
            throw new UserError(
                    ExitCode.CONFIG_OR_DATA, folder + ": chat template cannot be read: " + e.getMessage(), e);
        }
    }

    /** Of several templates the one called default. */
    private static String named(JsonNode templates) {
        for (JsonNode template : templates) {
            if (template.path("name").asText().equals("default")) {
                return template.path("template").textValue();
            }
        }
        return null;
    }

    /** A template from its source; {@code where} names it in messages. */
    public static ChatTemplate of(String where, String source, Tokenizer tokenizer) {
        Map<String, String> tokens = new HashMap<>();
        SpecialTokens special = tokenizer.special();
        put(tokens, "bos_token", special.bos(), tokenizer);
        put(tokens, "eos_token", special.eos(), tokenizer);
        put(tokens, "pad_token", special.pad(), tokenizer);
        try {
            return new ChatTemplate(where, JinjaSource.forJinjava(source, BEGIN, END), tokens);
        } catch (StackOverflowError nested) {
            throw UserError.data(where + ": the chat template cannot be read: it is nested too deeply");
        }
    }

    private static void put(Map<String, String> tokens, String name, Integer id, Tokenizer tokenizer) {
        if (id != null) {
            tokenizer.token(id).ifPresent(token -> tokens.put(name, token));
        }
    }

    /**
     * Renders a conversation; the spans are where the template says that the assistant speaks (its {@code generation} blocks),
     * none if it does not say.
     *
     * @param addGenerationPrompt true: ends with what comes before the assistant's next answer
     * @throws UserError when the template is damaged or refuses the conversation
     */
    public ChatText render(Conversation conversation, boolean addGenerationPrompt) {
        Map<String, Object> context = new HashMap<>(specialTokens);
        List<Map<String, Object>> turns = new ArrayList<>();
        for (ChatMessage message : conversation.messages()) {
            if (message.content().indexOf(BEGIN) >= 0 || message.content().indexOf(END) >= 0) {
                throw UserError.data("a chat message holds U+FDD0 or U+FDD1, which are no characters; remove them");
            }
            turns.add(message.values());
        }
        // Templates ask whether it is defined before they call the function.
        context.put("strftime_now", true);
        context.putAll(conversation.variables());
        context.put("messages", turns);
        context.put("add_generation_prompt", addGenerationPrompt);
        RenderResult result;
        try {
            result = engine().renderForResult(source, context);
        } catch (RuntimeException | StackOverflowError broken) {
            // A template is a program of somebody else's: whatever the engine makes of it is the template's fault.
            throw UserError.data(where + ": the chat template cannot be read: "
                    + (broken instanceof StackOverflowError ? "it is nested too deeply" : broken.toString()));
        }
        if (!result.getErrors().isEmpty()) {
            TemplateError error = result.getErrors().get(0);
            throw UserError.data(where + ": the chat template failed at line " + error.getLineno() + ": "
                    + reason(error) + "; check the order of the roles (" + conversation.roles() + ") or the template");
        }
        return unmark(result.getOutput());
    }

    /** Whether the template marks what the assistant says. */
    boolean marksAnswers() {
        return source.indexOf(END) >= 0;
    }

    /** The first line of the innermost cause: what raise_exception of the template was given, say. */
    private static String reason(TemplateError error) {
        String message = error.getMessage();
        for (Throwable cause = error.getException(); cause != null; cause = cause.getCause()) {
            message = cause.getMessage() == null ? message : cause.getMessage();
        }
        return message.lines().findFirst().orElse("");
    }

    private static Jinjava engine() {
        BoundedLoop loop = new BoundedLoop(MOST_PIECES);
        // Texts of messages are data: whatever braces they hold is not interpreted.
        CompositeELResolver methods = new CompositeELResolver();
        methods.add(new PythonMethods());
        methods.add(JinjavaInterpreterResolver.DEFAULT_RESOLVER_READ_ONLY);
        Jinjava engine = new Jinjava(JinjavaConfig.newBuilder()
                .withTrimBlocks(false)
                .withLstripBlocks(false)
                .withNestedInterpretationEnabled(false)
                .withElResolver(methods)
                .withLegacyOverrides(LegacyOverrides.newBuilder()
                        .withEvaluateMapKeys(true)
                        .withIterateOverMapKeys(true)
                        .withUsePyishObjectMapper(true)
                        .withUseNaturalOperatorPrecedence(true)
                        .withKeepNullableLoopValues(true)
                        .build())
                .withMaxMacroRecursionDepth(32)
                .withMaxOutputSize(MOST_CHARACTERS)
                .withMaxStringLength(MOST_CHARACTERS)
                .withMaxListSize(MOST_ITEMS)
                .withMaxMapSize(MOST_ITEMS)
                .withProcessors(JinjavaProcessors.newBuilder()
                        .withNodePreProcessor((node, interpreter) -> loop.count(1))
                        .build())
                .withEnableRecursiveMacroCalls(true)
                .build());
        engine.getGlobalContext().registerTag(loop);
        BoundedFilter.registerAll(engine.getGlobalContext());
        engine.getGlobalContext().registerFilter(new PythonJson());
        engine.getGlobalContext().registerFilter(new PythonItems());
        engine.getGlobalContext()
                .registerFunction(
                        new ELFunctionDefinition("", "raise_exception", ChatTemplate.class, "refuse", String.class));
        engine.getGlobalContext()
                .registerFunction(
                        new ELFunctionDefinition("", "strftime_now", ChatTemplate.class, "now", String.class));
        return engine;
    }

    /** What {@code raise_exception} of a template calls. */
    public static String refuse(String reason) {
        throw new IllegalArgumentException(reason);
    }

    /** What {@code strftime_now} of a template calls: today by a format of Python's strftime, in English. */
    public static String now(String format) {
        return Strftime.format(format, LocalDateTime.now());
    }

    private static ChatText unmark(String marked) {
        StringBuilder text = new StringBuilder(marked.length());
        List<ChatText.Span> answers = new ArrayList<>();
        int start = 0;
        for (int i = 0; i < marked.length(); i++) {
            char c = marked.charAt(i);
            if (c == BEGIN) {
                start = text.length();
            } else if (c == END) {
                answers.add(new ChatText.Span(start, text.length()));
            } else {
                text.append(c);
            }
        }
        return new ChatText(text.toString(), answers);
    }
}
