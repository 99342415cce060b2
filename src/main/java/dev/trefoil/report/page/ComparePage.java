package dev.trefoil.report.page;

import dev.trefoil.config.YamlKeys;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/** Several runs on one page: figures side by side, curves over each other, the keys in which their configurations differ. */
public final class ComparePage {

    private static final String TEMPLATE = "compare.html";
    private static final String NOTHING = "-";

    /** What the template takes. */
    private record Model(String title, List<RunView> runs, List<StageComparison> stages) {}

    /** A run with its colour. */
    private record RunView(String label, String folder, String style, String base, String machine) {}

    /** One stage in all runs; each row has a cell a run. */
    private record StageComparison(
            String name,
            String title,
            List<Row> cost,
            List<Row> numbers,
            List<Row> config,
            List<Chart> charts,
            List<Chart> moreCharts) {}

    private record Row(String label, String meaning, List<String> cells) {}

    private ComparePage() {}

    /** Writes the page that compares runs, two or more. */
    public static void write(List<Path> folders, Path file) {
        RunPage.save(file, html(folders.stream().map(RunFiles::read).toList()));
    }

    /** The page that compares runs, two or more. */
    public static String html(List<RunFiles> runs) {
        List<String> labels = labels(runs);
        List<RunView> views = new ArrayList<>();
        for (int i = 0; i < runs.size(); i++) {
            RunFiles run = runs.get(i);
            StageFacts facts = run.stages().stream()
                    .map(StageRun::facts)
                    .filter(one -> one != null)
                    .findFirst()
                    .orElse(null);
            views.add(new RunView(
                    labels.get(i),
                    run.folder().toString(),
                    StageCharts.style(i),
                    facts == null ? NOTHING : facts.base(),
                    facts == null ? NOTHING : facts.machine()));
        }
        Set<String> names = new LinkedHashSet<>();
        runs.forEach(run -> run.stages().forEach(stage -> names.add(stage.name())));
        return PageTemplate.fill(
                TEMPLATE,
                new Model(
                        String.join(", ", labels),
                        views,
                        names.stream().map(name -> stage(name, runs, labels)).toList()));
    }

    /** Runs of one name are told apart by their number. */
    private static List<String> labels(List<RunFiles> runs) {
        List<String> labels = new ArrayList<>();
        for (RunFiles run : runs) {
            long same = runs.stream()
                    .filter(other -> other.name().equals(run.name()))
                    .count();
            labels.add(same > 1 ? run.name() + " (" + (labels.size() + 1) + ")" : run.name());
        }
        return labels;
    }

    private static StageComparison stage(String name, List<RunFiles> runs, List<String> labels) {
        List<Optional<StageRun>> stages =
                runs.stream().map(run -> run.stage(name)).toList();
        List<StageCharts.Log> logs = new ArrayList<>();
        for (int i = 0; i < runs.size(); i++) {
            logs.add(new StageCharts.Log(
                    labels.get(i), stages.get(i).map(StageRun::rows).orElse(List.of())));
        }
        return new StageComparison(
                name,
                StageView.title(name),
                cost(stages),
                numbers(stages),
                config(stages),
                StageCharts.leading(name, logs),
                StageCharts.others(name, logs));
    }

    private static List<Row> cost(List<Optional<StageRun>> stages) {
        List<Optional<StageView.Cost>> costs =
                stages.stream().map(stage -> stage.map(StageView::cost)).toList();
        return List.of(
                row("time", costs, StageView.Cost::time),
                row("own memory, peak", costs, StageView.Cost::own),
                row("own memory, planned", costs, StageView.Cost::ownPlanned),
                row("mapped files, peak", costs, StageView.Cost::mapped));
    }

    private static <T> Row row(String label, List<Optional<T>> runs, Function<T, String> cell) {
        return new Row(
                label,
                "",
                runs.stream().map(run -> run.map(cell).orElse(NOTHING)).toList());
    }

    private static List<Row> numbers(List<Optional<StageRun>> stages) {
        Map<String, String> meanings = new LinkedHashMap<>();
        List<Map<String, String>> values = new ArrayList<>();
        for (Optional<StageRun> stage : stages) {
            Map<String, String> ofRun = new LinkedHashMap<>();
            stage.map(StageView::numbers).orElse(List.of()).forEach(number -> {
                ofRun.put(number.label(), number.value());
                meanings.putIfAbsent(number.label(), number.meaning());
            });
            values.add(ofRun);
        }
        List<Row> rows = new ArrayList<>();
        meanings.forEach((label, meaning) -> rows.add(new Row(
                label,
                meaning,
                values.stream().map(ofRun -> ofRun.getOrDefault(label, NOTHING)).toList())));
        return rows;
    }

    /** The keys that have not the same value in every run that has the stage. */
    private static List<Row> config(List<Optional<StageRun>> stages) {
        List<Map<String, String>> values = stages.stream()
                .map(stage -> stage.map(StageRun::config).map(YamlKeys::of).orElse(Map.of()))
                .toList();
        Set<String> keys = new TreeSet<>();
        values.forEach(ofRun -> keys.addAll(ofRun.keySet()));
        List<Row> rows = new ArrayList<>();
        for (String key : keys) {
            List<String> cells = values.stream()
                    .map(ofRun -> ofRun.getOrDefault(key, NOTHING))
                    .toList();
            long different = values.stream()
                    .filter(ofRun -> !ofRun.isEmpty())
                    .map(ofRun -> ofRun.getOrDefault(key, NOTHING))
                    .distinct()
                    .count();
            if (different > 1) {
                rows.add(new Row(key, "", cells));
            }
        }
        return rows;
    }
}
