package dev.trefoil.token;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.hubspot.jinjava.Jinjava;
import com.hubspot.jinjava.JinjavaConfig;
import com.hubspot.jinjava.interpret.RenderResult;
import com.hubspot.jinjava.interpret.TemplateError;
import com.hubspot.jinjava.lib.fn.ELFunctionDefinition;
import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

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

    private static final Pattern GENERATION = Pattern.compile("\\{%([-+]?)\\s*generation\\s*([-+]?)%\\}");
    private static final Pattern END_GENERATION = Pattern.compile("\\{%([-+]?)\\s*endgeneration\\s*([-+]?)%\\}");
    private static final Pattern ESCAPE = Pattern.compile("(?<!\\\\)\\\\u([0-9a-fA-F]{4})");

    /** Methods of Python's str and dict that templates use, and what Java calls them. */
    private static final Map<String, String> PYTHON_METHODS = Map.of(
            ".startswith(", ".startsWith(",
            ".endswith(", ".endsWith(",
            ".lstrip()", ".stripLeading()",
            ".rstrip()", ".stripTrailing()",
            ".upper()", ".toUpperCase()",
            ".lower()", ".toLowerCase()");

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
        return new ChatTemplate(where, prepare(source), tokens);
    }

    private static void put(Map<String, String> tokens, String name, Integer id, Tokenizer tokenizer) {
        if (id != null) {
            tokenizer.token(id).ifPresent(token -> tokens.put(name, token));
        }
    }

    private static String prepare(String source) {
        String text = source.endsWith("\n") ? source.substring(0, source.length() - 1) : source;
        // Each tag becomes two block tags with the mark between them, so that the rules for white space around blocks
        // hold.
        text = GENERATION.matcher(text).replaceAll("{%$1 if true %}{{ '" + BEGIN + "' }}{% if true $2%}");
        text = END_GENERATION.matcher(text).replaceAll("{%$1 endif %}{{ '" + END + "' }}{% endif $2%}");
        text = ESCAPE.matcher(text)
                .replaceAll(
                        found -> Matcher.quoteReplacement(Character.toString(Integer.parseInt(found.group(1), 16))));
        for (Map.Entry<String, String> method : PYTHON_METHODS.entrySet()) {
            text = text.replace(method.getKey(), method.getValue());
        }
        return text;
    }

    /**
     * Renders a conversation.
     *
     * @param addGenerationPrompt true: ends with what comes before the assistant's next answer
     * @throws UserError when the template is damaged or refuses the conversation
     */
    public ChatText render(List<ChatMessage> messages, boolean addGenerationPrompt) {
        Map<String, Object> context = new HashMap<>(specialTokens);
        List<Map<String, String>> turns = new ArrayList<>();
        for (ChatMessage message : messages) {
            if (message.content().indexOf(BEGIN) >= 0 || message.content().indexOf(END) >= 0) {
                throw UserError.data("a chat message holds U+FDD0 or U+FDD1, which are no characters; remove them");
            }
            turns.add(Map.of("role", message.role(), "content", message.content()));
        }
        context.put("messages", turns);
        context.put("add_generation_prompt", addGenerationPrompt);
        RenderResult result = engine().renderForResult(source, context);
        if (!result.getErrors().isEmpty()) {
            TemplateError error = result.getErrors().get(0);
            throw UserError.data(where + ": the chat template failed at line " + error.getLineno() + ": "
                    + reason(error)
                    + "; check the order of the roles (" + String.join(", ", roles(messages)) + ") or the template");
        }
        return unmark(result.getOutput());
    }

    /** The first line of the innermost cause: what raise_exception of the template was given, say. */
    private static String reason(TemplateError error) {
        String message = error.getMessage();
        for (Throwable cause = error.getException(); cause != null; cause = cause.getCause()) {
            message = cause.getMessage() == null ? message : cause.getMessage();
        }
        return message.lines().findFirst().orElse("");
    }

    private static List<String> roles(List<ChatMessage> messages) {
        return messages.stream().map(ChatMessage::role).toList();
    }

    private static Jinjava engine() {
        // Texts of messages are data: whatever braces they hold is not interpreted.
        Jinjava engine = new Jinjava(JinjavaConfig.newBuilder()
                .withTrimBlocks(true)
                .withLstripBlocks(true)
                .withNestedInterpretationEnabled(false)
                .build());
        engine.getGlobalContext()
                .registerFunction(
                        new ELFunctionDefinition("", "raise_exception", ChatTemplate.class, "refuse", String.class));
        return engine;
    }

    /** What {@code raise_exception} of a template calls. */
    public static String refuse(String reason) {
        throw new IllegalArgumentException(reason);
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
