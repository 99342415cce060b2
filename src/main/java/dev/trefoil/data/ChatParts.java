package dev.trefoil.data;

import dev.trefoil.UserError;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Samples made of conversations, in TRL's forms. */
final class ChatParts {

    private static final String TOOLS = "tools";
    private static final String KWARGS = "chat_template_kwargs";

    private ChatParts() {}

    static ChatSample messages(SampleKind.Parts parts) {
        return ChatSample.of(parts.chat().learned(whole(parts, "messages"), 0));
    }

    static ChatSample completion(SampleKind.Parts parts) {
        Conversation prompt = whole(parts, "prompt");
        return ChatSample.of(parts.chat().learned(prompt.then(turns(parts, "completion")), prompt.size()));
    }

    /** Without a prompt of their own, the two sides' common turns are the prompt. */
    static PreferenceSample preference(SampleKind.Parts parts) {
        List<ChatMessage> chosen = turns(parts, "chosen");
        List<ChatMessage> rejected = turns(parts, "rejected");
        Conversation prompt;
        if (parts.chats().containsKey("prompt")) {
            prompt = whole(parts, "prompt");
        } else {
            int common = common(chosen, rejected);
            if (common == 0) {
                throw UserError.data(
                        parts.row().where() + ": chosen and rejected begin otherwise, and there is no prompt;"
                                + " wanted a column prompt with messages, or the question at the beginning of both");
            }
            prompt = new Conversation(chosen.subList(0, common), variables(parts));
            chosen = chosen.subList(common, chosen.size());
            rejected = rejected.subList(common, rejected.size());
        }
        ChatText better = parts.chat().answer(prompt.then(chosen), prompt.size());
        ChatText worse = parts.chat().answer(prompt.then(rejected), prompt.size());
        int begin = Math.min(start(better), start(worse));
        return new PreferenceSample(
                better.text().substring(0, begin),
                better.text().substring(begin),
                worse.text().substring(begin),
                parts.number("margin"));
    }

    private static int start(ChatText text) {
        return text.spans().get(0).start();
    }

    /** Turns at the beginning of both; at least one turn of each side is left over. */
    private static int common(List<ChatMessage> a, List<ChatMessage> b) {
        int most = Math.min(a.size(), b.size()) - 1;
        int common = 0;
        while (common < most && a.get(common).equals(b.get(common))) {
            common++;
        }
        return common;
    }

    /** The conversation up to its last turn that is not the assistant's. The turns go to reward models too. */
    static PromptSample prompt(SampleKind.Parts parts) {
        Conversation all = whole(parts, "prompt");
        int turns = all.size();
        while (turns > 0 && all.messages().get(turns - 1).isAssistant()) {
            turns--;
        }
        if (turns == 0) {
            throw UserError.data(
                    parts.row().where() + ": all turns of the prompt are the assistant's; wanted a question");
        }
        Conversation asked = all.first(turns);
        Map<String, Object> metadata = new LinkedHashMap<>(parts.others());
        metadata.put(
                "messages", asked.messages().stream().map(ChatMessage::values).toList());
        return new PromptSample(parts.chat().render(asked, true), true, metadata);
    }

    private static Conversation whole(SampleKind.Parts parts, String part) {
        return new Conversation(turns(parts, part), variables(parts));
    }

    private static List<ChatMessage> turns(SampleKind.Parts parts, String part) {
        List<ChatMessage> turns = parts.chats().get(part);
        if (turns == null) {
            throw UserError.data(parts.row().where() + ": " + part
                    + " holds no list of messages, wanted one such as [{\"role\": \"user\", \"content\": \"...\"}]");
        }
        return turns;
    }

    /** What TRL hands to a template from a row: its tools, and whatever variables it sets. */
    private static Map<String, Object> variables(SampleKind.Parts parts) {
        Map<String, Object> variables = new LinkedHashMap<>();
        if (parts.row().values().get(TOOLS) instanceof List<?> tools && !tools.isEmpty()) {
            variables.put(TOOLS, tools);
        }
        if (parts.row().values().get(KWARGS) instanceof Map<?, ?> more) {
            more.forEach((name, value) -> variables.put(String.valueOf(name), value));
        }
        return variables;
    }
}
