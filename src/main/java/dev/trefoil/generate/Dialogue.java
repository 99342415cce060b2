package dev.trefoil.generate;

import dev.trefoil.UserError;
import dev.trefoil.data.ChatMessage;
import dev.trefoil.data.Conversation;
import dev.trefoil.model.Role;
import dev.trefoil.token.ChatRendering;
import dev.trefoil.token.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A conversation that a role takes part in; each answer is drawn after all turns before it, as the chat template writes them. */
public final class Dialogue {

    private static final String STAGE = "chat";

    private final Role role;
    private final ChatRendering rendering;
    private final SamplingConfig sampling;
    private final int[] stops;
    private final long seed;
    private final List<ChatMessage> system;
    private final List<ChatMessage> turns = new ArrayList<>();
    private long asked;

    /**
     * One answer.
     *
     * @param ended false when it was cut at the most new tokens
     * @param forgotten turns of the beginning that were left out to make room for this answer
     */
    public record Answer(String text, boolean ended, int forgotten) {}

    private Dialogue(
            Role role,
            ChatRendering rendering,
            SamplingConfig sampling,
            int[] stops,
            long seed,
            List<ChatMessage> system) {
        this.role = role;
        this.rendering = rendering;
        this.sampling = sampling;
        this.stops = stops;
        this.seed = seed;
        this.system = system;
    }

    /**
     * @param system what the model is told before the first turn, or null
     * @throws UserError when there is no chat template
     */
    public static Dialogue begin(
            Role role, ChatRendering rendering, SamplingConfig sampling, long seed, String system) {
        List<ChatMessage> first = system == null ? List.of() : List.of(new ChatMessage("system", system));
        return new Dialogue(role, rendering, sampling, rendering.stopIds(), seed, first);
    }

    /**
     * Puts the user's turn and the answer behind the conversation. Where the context is full, turns of the beginning are
     * forgotten, a question with its answer at a time; the system's turn stays.
     *
     * @throws UserError when this turn alone is too long, or the template refuses the conversation
     */
    public Answer ask(String text) {
        List<ChatMessage> next = new ArrayList<>(turns);
        next.add(new ChatMessage("user", text));
        int before = next.size();
        int[] ids = ids(next);
        while (!fits(ids) && next.size() > 2) {
            next.subList(0, 2).clear();
            ids = ids(next);
        }
        int forgotten = before - next.size();
        SampleKey key = new SampleKey(seed, STAGE, asked, 0);
        Generated generated =
                Generator.generate(role, List.of(ids), sampling, stops, key, 1).get(0);
        asked++;
        int[] tokens = generated.tokens();
        // An end-of-turn token need not be a special one, so it is not left to the decoder to leave it out.
        int[] said = generated.ended() ? Arrays.copyOf(tokens, tokens.length - 1) : tokens;
        String answer = tokenizer().decode(said, true).strip();
        next.add(new ChatMessage("assistant", answer));
        turns.clear();
        turns.addAll(next);
        return new Answer(answer, generated.ended(), forgotten);
    }

    /** Forgets all turns but the system's. */
    public void reset() {
        turns.clear();
    }

    private boolean fits(int[] ids) {
        return ids.length + sampling.maxNewTokens()
                <= role.base().config().shape().contextLength();
    }

    private int[] ids(List<ChatMessage> next) {
        String text = rendering.render(Conversation.of(system).then(next), true);
        return tokenizer().encode(text, false).ids();
    }

    private Tokenizer tokenizer() {
        return role.base().tokenizer();
    }
}
