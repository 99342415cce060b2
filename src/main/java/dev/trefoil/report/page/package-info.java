/**
 * The report of a run as one HTML file: reads what runs have left, draws curves as SVG, fills the templates in resources/report.
 * Imports artifact, config and report, and the template library. Read {@link dev.trefoil.report.page.RunPage} first.
 */
package dev.trefoil.report.page;
