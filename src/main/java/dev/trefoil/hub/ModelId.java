package dev.trefoil.hub;

import dev.trefoil.UserError;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A model on the hub: {@code ORG/NAME} or {@code ORG/NAME@REVISION}.
 *
 * @param revision branch, tag or commit
 */
public record ModelId(String organisation, String name, String revision) {

    public static final String MAIN = "main";

    private static final String PART = "[A-Za-z0-9][A-Za-z0-9._-]*";
    private static final Pattern FORM =
            Pattern.compile("(" + PART + ")/(" + PART + ")(?:@([A-Za-z0-9][A-Za-z0-9._/-]*))?");

    /** Whether a text has the form of an id. */
    public static boolean fits(String text) {
        return FORM.matcher(text).matches() && !text.contains("..");
    }

    /** @throws UserError when the text has another form */
    public static ModelId parse(String text) {
        Matcher form = FORM.matcher(text);
        if (!form.matches() || text.contains("..")) {
            throw UserError.data("`" + text + "`: is no model id; wanted ORG/NAME or ORG/NAME@REVISION, such as"
                    + " HuggingFaceTB/SmolLM2-135M-Instruct");
        }
        return new ModelId(form.group(1), form.group(2), form.group(3) == null ? MAIN : form.group(3));
    }

    /** Without the revision. */
    public String repository() {
        return organisation + "/" + name;
    }

    @Override
    public String toString() {
        return repository() + (revision.equals(MAIN) ? "" : "@" + revision);
    }
}
