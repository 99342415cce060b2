package dev.trefoil.token;

import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import dev.trefoil.data.ChatConfig;
import dev.trefoil.data.ChatMessage;
import dev.trefoil.data.ChatRenderer;
import dev.trefoil.data.ChatText;
import dev.trefoil.data.ChatText.Span;
import dev.trefoil.data.Conversation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Conversations through the template of a base's tokenizer, or one that is named instead. What the assistant says is told by the
 * template's {@code generation} blocks; where it has none, by the difference between the text up to the assistant's turn (with the
 * generation prompt) and the text with that turn, as a chat would have grown.
 */
public final class ChatRendering implements ChatRenderer {

    private final Path folder;
    private final Tokenizer tokenizer;
    private final ChatConfig config;
    private ChatTemplate template;

    private ChatRendering(Path folder, Tokenizer tokenizer, ChatConfig config) {
        this.folder = folder;
        this.tokenizer = tokenizer;
        this.config = config;
    }

    /**
     * Nothing is read before a conversation is rendered: data without conversations need no template.
     *
     * @param folder that of the tokenizer
     * @param config null for {@link ChatConfig#defaults()}
     */
    public static ChatRendering of(Path folder, Tokenizer tokenizer, ChatConfig config) {
        return new ChatRendering(folder, tokenizer, config == null ? ChatConfig.defaults() : config);
    }

    /** @throws UserError when there is none */
    private ChatTemplate template() {
        if (template == null) {
            template = config.chatTemplatePath() == null
                    ? ChatTemplate.open(folder, tokenizer).orElseThrow(this::missing)
                    : named(config.chatTemplatePath());
        }
        return template;
    }

    private UserError missing() {
        return UserError.data(folder + ": has no chat template (no chat_template.jinja, no chat_template in"
                + " tokenizer_config.json), and messages need one to become a text; give a Jinja file as"
                + " chat_template_path, put the model's own chat_template.jinja there, or use a model that was tuned for"
                + " conversations");
    }

    private ChatTemplate named(Path file) {
        try {
            return ChatTemplate.of(file.toString(), Files.readString(file), tokenizer);
        } catch (IOException e) {
            throw new UserError(
                    ExitCode.CONFIG_OR_DATA,
                    "chat_template_path: " + file + " cannot be read: " + e + "; wanted a file with a Jinja template",
                    e);
        }
    }

    @Override
    public String render(Conversation conversation, boolean addGenerationPrompt) {
        return template().render(conversation, addGenerationPrompt).text();
    }

    @Override
    public ChatText learned(Conversation conversation, int from) {
        ChatText whole = template().render(conversation, false);
        int begin = from == 0 ? 0 : promptLength(conversation, from, whole.text());
        if (!config.assistantOnlyLoss()) {
            return new ChatText(
                    whole.text(), List.of(new Span(begin, whole.text().length())));
        }
        List<Span> answers = template().marksAnswers() ? whole.spans() : bySplitting(conversation, whole.text());
        return new ChatText(
                whole.text(),
                answers.stream().filter(span -> span.start() >= begin).toList());
    }

    @Override
    public ChatText answer(Conversation conversation, int from) {
        String text = render(conversation, false);
        int end = turnEnd(text, text.length());
        int begin = promptLength(conversation, from, text);
        return new ChatText(text.substring(0, end), List.of(new Span(begin, Math.max(begin, end))));
    }

    /** Characters before the turn {@code from}, with what the template writes before an answer. */
    private int promptLength(Conversation conversation, int from, String whole) {
        String prompt = render(conversation.first(from), true);
        if (!whole.startsWith(prompt)) {
            prompt = render(conversation.first(from), false);
        }
        if (!whole.startsWith(prompt)) {
            throw changes(from + 1);
        }
        return prompt.length();
    }

    private List<Span> bySplitting(Conversation conversation, String whole) {
        List<Span> spans = new ArrayList<>();
        List<ChatMessage> messages = conversation.messages();
        for (int i = 0; i < messages.size(); i++) {
            if (messages.get(i).isAssistant()) {
                String grown = render(conversation.first(i + 1), false);
                int end = turnEnd(grown, grown.length());
                // Before a first turn of the assistant there is no conversation that a template could render.
                int begin = i == 0
                        ? Math.max(0, whole.indexOf(messages.get(0).content()))
                        : promptLength(conversation, i, whole);
                if (!whole.startsWith(grown.substring(0, end))) {
                    throw changes(i + 1);
                }
                spans.add(new Span(begin, end));
            }
        }
        return spans;
    }

    private static UserError changes(int turn) {
        return UserError.data("the chat template writes turn " + turn + " otherwise when turns follow it, so what the"
                + " assistant says cannot be found by comparing; give as chat_template_path a template that marks it with"
                + " {% generation %} and {% endgeneration %}");
    }

    /** Where the turn ends that ends at {@code end}: behind its last special token if only white space follows that. */
    private int turnEnd(String text, int end) {
        int last = end;
        while (last > 0 && PythonMethods.isSpace(text.charAt(last - 1))) {
            last--;
        }
        String kept = text.substring(0, last);
        return tokenizer.specialTokens().stream().anyMatch(kept::endsWith) ? last : end;
    }

    /**
     * Ids that end an answer: the tokenizer's end token and what the template writes behind an answer.
     *
     * @throws UserError when there is no template
     */
    public int[] stopIds() {
        String content = "answer";
        Conversation exchange =
                Conversation.of(List.of(new ChatMessage("user", "question"), new ChatMessage("assistant", content)));
        String text = render(exchange, false);
        String tail = text.substring(text.lastIndexOf(content) + content.length());
        List<Integer> stops = new ArrayList<>();
        if (tokenizer.special().eos() != null) {
            stops.add(tokenizer.special().eos());
        }
        for (int id : tokenizer.encode(tail, false).ids()) {
            if (tokenizer.isSpecial(id)) {
                stops.add(id);
                break;
            }
        }
        return stops.stream().mapToInt(Integer::intValue).distinct().toArray();
    }
}
