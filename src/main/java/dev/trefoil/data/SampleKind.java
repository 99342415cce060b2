package dev.trefoil.data;

import dev.trefoil.UserError;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * How a row's parts become a sample of type T.
 *
 * @param required parts a row must have; a row whose part is empty is dropped
 * @param mayBeEmpty required parts that may be an empty text
 * @param optional parts that a row may have
 */
public record SampleKind<T extends Sample>(
        String name,
        List<String> required,
        List<String> mayBeEmpty,
        List<String> optional,
        Function<Parts, T> builder) {

    /**
     * The texts of a row by part, its conversations by part, and the columns that no part uses.
     *
     * @param chat turns conversations into texts
     */
    public record Parts(
            Row row,
            Map<String, String> texts,
            Map<String, List<ChatMessage>> chats,
            Map<String, Object> others,
            ChatRenderer chat) {

        String text(String part) {
            return texts.get(part);
        }

        /** A number, or null when the part is absent or empty. */
        Double number(String part) {
            String text = texts.get(part);
            if (text == null || text.isBlank()) {
                return null;
            }
            try {
                double number = Double.parseDouble(text.strip());
                if (Double.isFinite(number)) {
                    return number;
                }
            } catch (NumberFormatException e) {
                // Said below, with the row.
            }
            throw UserError.data(row.where() + ": " + part + " is `" + text + "`, wanted a finite number");
        }
    }

    public static final SampleKind<TextSample> TEXT =
            new SampleKind<>("text", List.of("text"), List.of(), List.of(), p -> new TextSample(p.text("text")));

    public static final SampleKind<CompletionSample> COMPLETION = new SampleKind<>(
            "completion",
            List.of("prompt", "completion"),
            List.of("prompt"),
            List.of(),
            p -> new CompletionSample(p.text("prompt"), p.text("completion")));

    public static final SampleKind<ChatSample> MESSAGES =
            new SampleKind<>("messages", List.of("messages"), List.of(), List.of(), ChatParts::messages);

    public static final SampleKind<ChatSample> CHAT_COMPLETION = new SampleKind<>(
            "completion of messages", List.of("prompt", "completion"), List.of(), List.of(), ChatParts::completion);

    public static final SampleKind<PreferenceSample> CHAT_PREFERENCE = new SampleKind<>(
            "preference of messages",
            List.of("chosen", "rejected"),
            List.of(),
            List.of("prompt", "margin"),
            ChatParts::preference);

    public static final SampleKind<PromptSample> CHAT_PROMPT =
            new SampleKind<>("prompt of messages", List.of("prompt"), List.of(), List.of(), ChatParts::prompt);

    public static final SampleKind<PreferenceSample> PREFERENCE = new SampleKind<>(
            "preference",
            List.of("prompt", "chosen", "rejected"),
            List.of("prompt"),
            List.of("margin"),
            p -> new PreferenceSample(p.text("prompt"), p.text("chosen"), p.text("rejected"), p.number("margin")));

    public static final SampleKind<PromptSample> PROMPT = new SampleKind<>(
            "prompt", List.of("prompt"), List.of(), List.of(), p -> new PromptSample(p.text("prompt"), p.others()));

    public static final SampleKind<LabelledSample> LABELLED = new SampleKind<>(
            "labelled text",
            List.of("text", "label"),
            List.of(),
            List.of(),
            p -> new LabelledSample(p.text("text"), p.text("label")));

    private static final List<SampleKind<?>> OF_MESSAGES =
            List.of(MESSAGES, CHAT_COMPLETION, CHAT_PREFERENCE, CHAT_PROMPT);

    /** Every part that some kind knows: the keys allowed in {@code columns} and {@code template}. */
    static final List<String> ALL_PARTS =
            List.of("text", "messages", "prompt", "completion", "chosen", "rejected", "margin", "label");

    /** Whether a list is read as messages, not refused as no text. */
    boolean ofMessages() {
        return OF_MESSAGES.contains(this);
    }

    /** Required and optional parts. */
    List<String> parts() {
        List<String> all = new ArrayList<>(required);
        all.addAll(optional);
        return all;
    }

    /** The template of each part under a config: the given one, else the mapped column, else the column of its name. */
    Map<String, Template> templates(DataConfig config) {
        Map<String, Template> templates = new LinkedHashMap<>();
        for (String part : parts()) {
            String source = config.template().get(part);
            templates.put(
                    part,
                    source == null
                            ? Template.column(config.columns().getOrDefault(part, part))
                            : Template.parse(source));
        }
        return templates;
    }
}
