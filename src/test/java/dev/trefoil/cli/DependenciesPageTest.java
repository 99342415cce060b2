package dev.trefoil.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** docs/dependencies.md lists what is on the class path, in its version. */
class DependenciesPageTest {

    private static final Path PAGE = Path.of("docs/dependencies.md");

    /** .../repository/GROUP/ARTIFACT/VERSION/ARTIFACT-VERSION[-CLASSIFIER].jar */
    private static final Pattern JAR = Pattern.compile(".*/repository/(.+)/([^/]+)/([^/]+)/\\2-\\3[^/]*\\.jar");

    private static final List<String> TESTS = List.of(
            "org.junit",
            "org.assertj",
            "com.tngtech",
            "net.bytebuddy",
            "org.opentest4j",
            "org.apiguardian",
            "org.apache.maven",
            "org.openjdk.jmh",
            "net.sf.jopt-simple");

    @Test
    void every_library_is_listed_in_its_version() throws IOException {
        String path = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        TreeSet<String> found = new TreeSet<>();
        for (String entry : path.split(File.pathSeparator)) {
            Matcher jar = JAR.matcher(entry.replace('\\', '/'));
            if (jar.matches()) {
                String group = jar.group(1).replace('/', '.');
                if (TESTS.stream().noneMatch(group::startsWith)) {
                    found.add("| " + group + ":" + jar.group(2) + " | " + jar.group(3) + " |");
                }
            }
        }
        org.junit.jupiter.api.Assumptions.assumeFalse(found.isEmpty(), "the class path has no Maven repository");
        TreeSet<String> listed = new TreeSet<>();
        for (String line : Files.readAllLines(PAGE)) {
            if (line.matches("\\| [\\w.-]+:[\\w.-]+ \\| .*")) {
                assertThat(line).as("licence").matches("\\| [^|]+ \\| [^|]+ \\| [^|]{3,} \\|");
                listed.add(line.substring(0, line.indexOf('|', line.indexOf('|', 2) + 1) + 1));
            }
        }
        assertThat(listed).isEqualTo(found);
    }
}
