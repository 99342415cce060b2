package dev.trefoil.doctor;

import dev.trefoil.ExitCode;
import dev.trefoil.UserError;
import dev.trefoil.report.MetricsLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Asks the rules, says what fired once, writes it down and counts it. Fed from outside, with checks and with the metrics of each step;
 * {@link #conclude()} ends the run when a rule of severity stop has fired. Not thread-safe.
 */
public final class Doctor {

    /** Metric: rules that have fired so far. */
    public static final String FIRED = "doctor/fired";

    private final Map<String, Severity> settings;
    private final DoctorLog log;
    private final List<LiveRule> live = Rules.live();
    private final Map<String, Finding> findings = new LinkedHashMap<>();
    private final List<String> passed = new ArrayList<>();
    private final List<Finding> stops = new ArrayList<>();
    private Consumer<String> voice;

    private Doctor(Map<String, Severity> settings, DoctorLog log, Consumer<String> voice) {
        this.settings = settings;
        this.log = log;
        this.voice = voice;
    }

    /** One that writes nothing down, for an examination without a run. */
    public static Doctor alone(Map<String, Severity> settings, Consumer<String> voice) {
        return new Doctor(settings, null, voice);
    }

    /**
     * The doctor of a run.
     *
     * @param settings from {@link Rules#settings}
     * @param file doctor.jsonl
     * @param metrics the run's metrics.jsonl, from which the live rules of a resumed run learn what was
     * @param doneSteps 0 unless resumed
     * @param voice takes each message for people
     */
    public static Doctor of(
            Map<String, Severity> settings, Path file, Path metrics, long doneSteps, Consumer<String> voice) {
        Doctor doctor = new Doctor(settings, DoctorLog.open(file, doneSteps == 0 ? -1 : doneSteps), voice);
        if (doneSteps > 0 && Files.exists(metrics)) {
            doctor.remember(metrics, doneSteps);
        }
        return doctor;
    }

    private void remember(Path metrics, long doneSteps) {
        log.kept().forEach(finding -> findings.put(finding.advice().name(), finding));
        try {
            for (MetricsLog.Row row : MetricsLog.read(metrics)) {
                for (LiveRule rule : row.step() <= doneSteps ? live : List.<LiveRule>of()) {
                    // Only its memory counts here: what it found then is in the log.
                    rule.observe(row.metrics());
                }
            }
        } catch (IOException unreadable) {
            throw new UserError(
                    ExitCode.CONFIG_OR_DATA,
                    metrics + ": cannot be read: " + unreadable.getMessage() + "; start anew with --restart",
                    unreadable);
        }
    }

    /** Where messages go from now on. */
    public void speakTo(Consumer<String> newVoice) {
        voice = newVoice;
    }

    /** Judges what a stage has measured before its first step. */
    public void examine(Check check) {
        if (severity(check.advice()) == Severity.OFF) {
            return;
        }
        check.complaint()
                .ifPresentOrElse(
                        found -> note(0, check.advice(), found),
                        () -> passed.add(check.advice().name()));
    }

    /**
     * Looks at the metrics of a step, before they are logged, and adds {@value #FIRED} to them.
     *
     * @param where what is known of numbers that are not finite, such as the module they stand in; empty if nothing
     */
    public void observe(long step, Map<String, Double> metrics, String where) {
        for (LiveRule rule : live) {
            if (severity(rule.advice()) != Severity.OFF) {
                rule.observe(metrics)
                        .ifPresent(found -> note(
                                step,
                                rule.advice(),
                                rule instanceof NotFinite && !where.isEmpty() ? found + "; " + where : found));
            }
        }
        metrics.put(FIRED, (double) findings.size());
    }

    private void note(long step, Advice advice, String found) {
        Finding finding = new Finding(step, advice, severity(advice), found);
        if (finding.severity() == Severity.STOP) {
            stops.add(finding);
        }
        if (findings.putIfAbsent(advice.name(), finding) == null) {
            voice.accept(finding.toText());
            if (log != null) {
                log.write(finding);
            }
        }
    }

    private Severity severity(Advice advice) {
        return settings.getOrDefault(advice.name(), advice.severity());
    }

    /**
     * Ends the run if it must end.
     *
     * @throws UserError (refused) naming every rule of severity stop that has fired
     */
    public void conclude() {
        if (stops.isEmpty()) {
            return;
        }
        List<String> lines = new ArrayList<>();
        for (Finding stop : stops) {
            Advice advice = stop.advice();
            lines.add(stop.found() + ". Likely cause: " + advice.cause() + ". What to do: " + advice.fix() + " (doctor."
                    + advice.name() + ": warn goes on all the same; see " + advice.source() + ")");
        }
        throw new UserError(ExitCode.REFUSED, String.join("\n", lines));
    }

    /** Rules that fired, each as it first did. */
    public List<Finding> findings() {
        return List.copyOf(findings.values());
    }

    /** Names of the checks that found nothing. */
    public List<String> passed() {
        return List.copyOf(passed);
    }

    /** Whether a rule of severity stop has fired. */
    public boolean refuses() {
        return !stops.isEmpty();
    }

    /** One line for the summary of a stage. */
    public String summary() {
        return findings.isEmpty()
                ? "nothing to object to"
                : findings.size() + " warnings: " + String.join(", ", findings.keySet());
    }
}
