package dev.trefoil.token;

import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.lib.tag.ForTag;
import com.hubspot.jinjava.tree.TagNode;
import com.hubspot.jinjava.util.ObjectIterator;
import java.util.List;

/** The tag {@code for} of one rendering, which counts what is done: loops within loops would not end in a lifetime. */
final class BoundedLoop extends ForTag {

    private static final long serialVersionUID = 1L;

    /** Far above what a conversation takes; macros that call themselves twice are slow long before they are many. */
    private static final long MOST_NANOS = 10_000_000_000L;

    private final long most;
    private final long begin = System.nanoTime();
    private long counted;

    BoundedLoop(long most) {
        this.most = most;
    }

    /** @throws IllegalArgumentException when that is too much in all */
    void count(long more) {
        counted += more;
        if (counted > most || System.nanoTime() - begin > MOST_NANOS) {
            throw new IllegalArgumentException(
                    "it renders more than " + most + " pieces, or for more than 10 s; does it end?");
        }
    }

    @Override
    public String renderForCollection(
            TagNode tag, JinjavaInterpreter interpreter, List<String> variables, Object collection) {
        count(Math.max(1, ObjectIterator.getLoop(collection).getLength()));
        return super.renderForCollection(tag, interpreter, variables, collection);
    }
}
