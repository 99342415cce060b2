/**
 * The command line: one command a file, each of which reads its arguments, calls one thing and prints the result.
 *
 * <p>Read {@link dev.trefoil.cli.Trefoil} first: it lists the commands and turns faults into messages and exit codes. May import
 * every package; picocli is used here only.
 */
package dev.trefoil.cli;
