package dev.trefoil.report.page;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Takes the place where a run was made out of texts of its page, so that the page can be handed on and its commands be used elsewhere. */
final class PortablePaths {

    /** Absolute folder, with a slash behind it, to what stands for it. */
    private final Map<String, String> places = new LinkedHashMap<>();

    private PortablePaths() {}

    /**
     * For the page of a run.
     *
     * @param run its folder; written as {@code runs/NAME} where it lies outside of the working folder
     * @param working folder in which the commands were given
     * @param home of the user, or null
     */
    static PortablePaths of(Path run, Path working, String home) {
        PortablePaths paths = new PortablePaths();
        Path whole = run.toAbsolutePath().normalize();
        if (!whole.startsWith(working) && whole.getFileName() != null) {
            paths.put(whole, "runs/" + whole.getFileName() + "/");
        }
        paths.put(working, "");
        if (home != null && !home.isBlank()) {
            paths.put(Path.of(home), "~/");
        }
        return paths;
    }

    private void put(Path folder, String instead) {
        if (folder.getNameCount() > 0) {
            places.put(folder + "/", instead);
        }
    }

    /** The text with these folders replaced. */
    String in(String text) {
        String found = text;
        for (Map.Entry<String, String> place : places.entrySet()) {
            // The folder itself, at the end of an argument or of a line, has no slash behind it.
            String folder = place.getKey().substring(0, place.getKey().length() - 1);
            String instead = place.getValue().isEmpty()
                    ? "."
                    : place.getValue().substring(0, place.getValue().length() - 1);
            found = found.replace(place.getKey(), place.getValue());
            found = found.replaceAll(
                    "(?<![\\w./-])" + Pattern.quote(folder) + "(?![\\w./-])", Matcher.quoteReplacement(instead));
        }
        return found;
    }
}
