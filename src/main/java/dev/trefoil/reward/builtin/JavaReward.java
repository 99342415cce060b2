package dev.trefoil.reward.builtin;

import dev.trefoil.UserError;
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

/** A reward model from somebody's class, with the class loader of its jars, which closes with it. */
final class JavaReward implements RewardModel {

    private final RewardModel model;
    private final URLClassLoader loader;

    private JavaReward(RewardModel model, URLClassLoader loader) {
        this.model = model;
        this.loader = loader;
    }

    /**
     * Looks for the factory on the class path and in the jars of the folder.
     *
     * @param where the file to name in errors
     * @param values {@code factory}, its name; {@code jars}, optional, else all jars of the folder; {@code options} for it
     */
    static JavaReward create(String where, Map<String, Object> values, Path folder) {
        Options options = new Options(values);
        String wanted = options.text("factory");
        List<String> jars = options.texts("jars", jarsOf(folder));
        Map<String, Object> inner = options.map("options");
        options.done();
        URLClassLoader loader = new URLClassLoader(urls(jars, folder), RewardFactory.class.getClassLoader());
        boolean opened = false;
        try {
            RewardModel model = factory(where, wanted, jars, loader).create(inner, folder);
            if (model == null) {
                throw UserError.data(where + ": factory '" + wanted + "' returned no model");
            }
            opened = true;
            return new JavaReward(model, loader);
        } catch (LinkageError | ServiceConfigurationError e) {
            throw UserError.data(where + ": factory '" + wanted + "' cannot be loaded: " + e
                    + "; it must be built for Java 17 against this version of Trefoil");
        } finally {
            if (!opened) {
                close(loader);
            }
        }
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
    public void close() {
        model.close();
        close(loader);
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

    private static URL[] urls(List<String> jars, Path folder) {
        List<URL> urls = new ArrayList<>();
        for (String jar : jars) {
            Path file = folder.resolve(jar);
            if (!Files.isRegularFile(file)) {
                throw new IllegalArgumentException("jars: " + file + " is not there; build it first (see its README)");
            }
            try {
                urls.add(file.toUri().toURL());
            } catch (IOException e) {
                throw new IllegalArgumentException("jars: " + file + ": " + e.getMessage(), e);
            }
        }
        return urls.toArray(URL[]::new);
    }

    private static void close(URLClassLoader loader) {
        try {
            loader.close();
        } catch (IOException e) {
            // A jar that cannot be closed costs a file handle until the process ends, nothing else.
        }
    }
}
