/**
 * What a person sees of a run: the metric glossary, the sinks that a step's metrics go to, curves as PNG, sample tables and the
 * closing summary. Imports the JDK, Jackson's writer, the progress bar and the chart library only. Read
 * {@link dev.trefoil.report.MetricSink} first.
 */
package dev.trefoil.report;
