package dev.trefoil.reward.builtin;

import dev.trefoil.UserError;
import dev.trefoil.reward.RewardAnswer;
import dev.trefoil.reward.RewardException;
import dev.trefoil.reward.RewardFactory;
import dev.trefoil.reward.RewardModel;
import dev.trefoil.reward.RewardSample;
import dev.trefoil.reward.RewardScore;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.TreeSet;
import java.util.stream.Stream;

/** A reward model from somebody's class, with the class loader of its jars or its compiled source, which closes with it. */
final class JavaReward implements RewardModel {

    private final RewardModel model;
    private final Classes classes;

    /** Where the class comes from. */
    private record Classes(URLClassLoader loader, JavaSource source) implements AutoCloseable {

        @Override
        public void close() {
            try {
                loader.close();
            } catch (IOException e) {
                // A jar that cannot be closed costs a file handle until the process ends, nothing else.
            }
            if (source != null) {
                source.close();
            }
        }
    }

    private JavaReward(RewardModel model, Classes classes) {
        this.model = model;
        this.classes = classes;
    }

    /**
     * Looks for the factory on the class path and in the jars of the folder, or compiles a source file that holds one.
     *
     * @param where the file to name in errors
     * @param values {@code factory}, its name, or {@code source}, a .java file; {@code jars}, optional, else all jars of the folder;
     *     {@code options} for it
     */
    static JavaReward create(String where, Map<String, Object> values, Path folder) {
        Options options = new Options(values);
        Path source = options.has("source") ? folder.resolve(options.text("source")) : null;
        String wanted = source == null || options.has("factory") ? options.text("factory") : source.toString();
        List<String> jars = options.texts("jars", jarsOf(folder));
        Map<String, Object> inner = options.map("options");
        options.done();
        if (source != null && options.has("factory")) {
            throw new IllegalArgumentException(
                    "source: either source, a .java file, or factory, a name in a jar, is wanted");
        }
        Classes classes = classes(source, paths(jars, folder));
        boolean opened = false;
        try {
            RewardFactory factory = source == null
                    ? factory(where, wanted, jars, classes.loader())
                    : classes.source().factory(classes.loader(), source);
            RewardModel model = factory.create(inner, folder);
            if (model == null) {
                throw UserError.data(where + ": factory '" + wanted + "' returned no model");
            }
            opened = true;
            return new JavaReward(model, classes);
        } catch (LinkageError | ServiceConfigurationError e) {
            throw UserError.data(where + ": factory '" + wanted + "' cannot be loaded: " + e
                    + "; it must be built for Java 17 against this version of Trefoil");
        } finally {
            if (!opened) {
                classes.close();
            }
        }
    }

    private static Classes classes(Path source, List<Path> jars) {
        JavaSource compiled = source == null ? null : JavaSource.compile(source, jars);
        List<Path> all = new ArrayList<>(jars);
        if (compiled != null) {
            all.add(compiled.classes());
        }
        return new Classes(new URLClassLoader(urls(all), RewardFactory.class.getClassLoader()), compiled);
    }

    @Override
    public String name() {
        return model.name();
    }

    @Override
    public List<RewardScore> score(List<RewardSample> batch) throws RewardException {
        return model.score(batch);
    }

    @Override
    public List<RewardAnswer> answers(List<RewardSample> batch) {
        return model.answers(batch);
    }

    @Override
    public Map<String, Long> counts() {
        return model.counts();
    }

    @Override
    public Map<String, Double> state() {
        return model.state();
    }

    @Override
    public void restore(Map<String, Double> state) {
        model.restore(state);
    }

    @Override
    public void close() {
        model.close();
        classes.close();
    }

    private static RewardFactory factory(String where, String wanted, List<String> jars, URLClassLoader loader) {
        TreeSet<String> names = new TreeSet<>();
        for (RewardFactory factory : ServiceLoader.load(RewardFactory.class, loader)) {
            if (factory.name().equals(wanted)) {
                return factory;
            }
            names.add(factory.name());
        }
        throw UserError.data(
                where + ": factory: '" + wanted + "' was not found on the class path or in the jars " + jars
                        + Nearest.hint(wanted, names) + "; found: " + names
                        + "; a jar lists its factories in META-INF/services/" + RewardFactory.class.getName());
    }

    private static List<String> jarsOf(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".jar"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw UserError.data(folder + ": cannot list the folder: " + e.getMessage());
        }
    }

    private static List<Path> paths(List<String> jars, Path folder) {
        List<Path> paths = new ArrayList<>();
        for (String jar : jars) {
            Path file = folder.resolve(jar);
            if (!Files.isRegularFile(file)) {
                throw new IllegalArgumentException("jars: " + file + " is not there; build it first (see its README)");
            }
            paths.add(file);
        }
        return paths;
    }

    private static URL[] urls(List<Path> paths) {
        List<URL> urls = new ArrayList<>();
        for (Path path : paths) {
            try {
                urls.add(path.toUri().toURL());
            } catch (IOException e) {
                throw new IllegalArgumentException("jars: " + path + ": " + e.getMessage(), e);
            }
        }
        return urls.toArray(URL[]::new);
    }
}
