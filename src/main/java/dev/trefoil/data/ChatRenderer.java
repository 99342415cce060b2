package dev.trefoil.data;

import dev.trefoil.UserError;
import java.util.List;

/** Turns conversations into the text that a model reads. */
public interface ChatRenderer {

    /**
     * @param addGenerationPrompt true: ends with what comes before the assistant's next turn
     * @throws dev.trefoil.UserError when there is no template, or it refuses the conversation
     */
    String render(Conversation conversation, boolean addGenerationPrompt);

    /**
     * The text with what is to be learned of it.
     *
     * @param from turns before this one are the prompt, of which nothing is learned
     */
    ChatText learned(Conversation conversation, int from);

    /**
     * The text up to the last turn's end, with one span: the turns from {@code from} on, the token that ends them included.
     *
     * @param from at least 1
     */
    ChatText answer(Conversation conversation, int from);

    /** For callers without a model: refuses every conversation. */
    static ChatRenderer none() {
        return new ChatRenderer() {
            @Override
            public String render(Conversation conversation, boolean addGenerationPrompt) {
                throw UserError.data("the data hold messages, and no model's chat template is at hand to write them as"
                        + " text; give texts, or a base whose tokenizer has a template");
            }

            @Override
            public ChatText learned(Conversation conversation, int from) {
                return new ChatText(render(conversation, false), List.of());
            }

            @Override
            public ChatText answer(Conversation conversation, int from) {
                return learned(conversation, from);
            }
        };
    }
}
