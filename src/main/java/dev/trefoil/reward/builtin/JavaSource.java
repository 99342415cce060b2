package dev.trefoil.reward.builtin;

import dev.trefoil.reward.RewardFactory;
import java.io.File;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** Compiles the single source file of a reward model into a temporary folder, which is deleted with {@link #close}. */
final class JavaSource implements AutoCloseable {

    private static final String CLASS = ".class";

    private final Path classes;

    private JavaSource(Path classes) {
        this.classes = classes;
    }

    /**
     * Compiles for Java 17 against this program.
     *
     * @param jars further jars for its class path
     * @throws IllegalArgumentException when it does not compile, with file, line and the compiler's words
     */
    static JavaSource compile(Path file, List<Path> jars) {
        if (!Files.isRegularFile(file)) {
            throw new IllegalArgumentException("source: " + file + " is not there; a .java file is wanted");
        }
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        if (compiler == null) {
            throw new IllegalArgumentException(
                    "source: this Java has no compiler; run Trefoil with a JDK, or build a jar"
                            + " and name its factory instead of source");
        }
        Path classes = null;
        try {
            classes = Files.createTempDirectory("trefoil-reward-");
            compile(compiler, file, jars, classes);
            return new JavaSource(classes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (IllegalArgumentException fault) {
            delete(classes);
            throw fault;
        }
    }

    private static void compile(JavaCompiler compiler, Path file, List<Path> jars, Path classes) throws IOException {
        List<String> path = new ArrayList<>(List.of(program().toString()));
        jars.forEach(jar -> path.add(jar.toString()));
        List<String> options = List.of(
                "--release",
                "17",
                "-proc:none",
                "-cp",
                String.join(File.pathSeparator, path),
                "-d",
                classes.toString());
        DiagnosticCollector<JavaFileObject> found = new DiagnosticCollector<>();
        try (StandardJavaFileManager files =
                compiler.getStandardFileManager(found, Locale.ROOT, StandardCharsets.UTF_8)) {
            boolean done = compiler.getTask(
                            new StringWriter(), files, found, options, null, files.getJavaFileObjects(file))
                    .call();
            if (!done) {
                Diagnostic<?> first = found.getDiagnostics().stream()
                        .filter(one -> one.getKind() == Diagnostic.Kind.ERROR)
                        .findFirst()
                        .orElseThrow();
                throw new IllegalArgumentException("source: " + file + ":" + first.getLineNumber()
                        + ": does not compile: " + first.getMessage(Locale.ROOT).replaceAll("\\s+", " "));
            }
        }
    }

    /** Where the classes of this program are: its jar, or the folder of its classes. */
    private static Path program() {
        try {
            return Path.of(RewardFactory.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    Path classes() {
        return classes;
    }

    /**
     * The one factory in the source.
     *
     * @param loader that finds the compiled classes
     */
    RewardFactory factory(ClassLoader loader, Path file) {
        List<RewardFactory> found = new ArrayList<>();
        try (Stream<Path> walk = Files.walk(classes)) {
            for (Path path : (Iterable<Path>)
                    walk.filter(each -> each.toString().endsWith(CLASS)).sorted()::iterator) {
                String name = classes.relativize(path)
                        .toString()
                        .replace(path.getFileSystem().getSeparator(), ".");
                Class<?> type = loader.loadClass(name.substring(0, name.length() - CLASS.length()));
                if (RewardFactory.class.isAssignableFrom(type) && !type.isInterface()) {
                    found.add((RewardFactory) type.getConstructor().newInstance());
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (ReflectiveOperationException e) {
            throw new IllegalArgumentException(
                    "source: " + file + ": the class that implements RewardFactory must be public and have a public"
                            + " constructor without arguments: " + e,
                    e);
        }
        if (found.size() != 1) {
            throw new IllegalArgumentException("source: " + file + ": holds " + found.size()
                    + " classes that implement " + RewardFactory.class.getName() + "; one is wanted");
        }
        return found.get(0);
    }

    @Override
    public void close() {
        delete(classes);
    }

    private static void delete(Path folder) {
        if (folder == null) {
            return;
        }
        try (Stream<Path> walk = Files.walk(folder)) {
            for (Path path : (Iterable<Path>) walk.sorted(Comparator.reverseOrder())::iterator) {
                Files.delete(path);
            }
        } catch (IOException e) {
            // What stays in the temporary folder costs a few kilobytes until the system empties it.
        }
    }
}
