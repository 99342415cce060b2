package dev.trefoil.token;

import com.hubspot.jinjava.interpret.Context;
import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.lib.filter.Filter;
import java.util.List;
import java.util.regex.Pattern;

/** A filter that makes a text or list as long as a number in its input says: not beyond a hundred thousand. */
final class BoundedFilter implements Filter {

    private static final List<String> NAMES =
            List.of("center", "indent", "format", "wordwrap", "batch", "slice", "round");
    private static final Pattern LARGE = Pattern.compile("\\d{6}");

    private final Filter filter;

    private BoundedFilter(Filter filter) {
        this.filter = filter;
    }

    /** Bounds all such filters of an engine. */
    static void registerAll(Context context) {
        for (String name : NAMES) {
            Filter filter = context.getFilter(name);
            if (filter != null) {
                context.registerFilter(new BoundedFilter(filter));
            }
        }
    }

    @Override
    public String getName() {
        return filter.getName();
    }

    @Override
    public Object filter(Object value, JinjavaInterpreter interpreter, String... arguments) {
        boolean large = getName().equals("format") && isLarge(String.valueOf(value));
        for (String argument : arguments) {
            large |= argument != null && !getName().equals("format") && isLarge(argument);
        }
        if (large) {
            throw new IllegalArgumentException("the filter " + getName() + " is given a number of six digits or more");
        }
        return filter.filter(value, interpreter, arguments);
    }

    private static boolean isLarge(String text) {
        return LARGE.matcher(text).find();
    }
}
