/**
 * YAML to validated records: the one way a setting enters the program.
 *
 * <p>A configuration is a tree of records, each beside the code that uses it. A component is a key ({@code maxNewTokens} is
 * {@code max_new_tokens}), its {@link dev.trefoil.config.Doc} is its help, {@code static X defaults()} of the record gives what
 * an absent key means. {@link dev.trefoil.config.ConfigReader} reads a file, the fragments that it extends and the overrides of
 * the command line, and reports all faults at once, each with file, line, key, what was found, what is wanted and what to do.
 * {@link dev.trefoil.config.ConfigWriter} writes the resolved record back with its help as comments, and hashes it;
 * {@link dev.trefoil.config.ConfigExplain} prints every key of a record type.
 *
 * <p>Read {@link dev.trefoil.config.ConfigReader} first. Nothing of Trefoil is imported but {@code UserError}; YAML is parsed by
 * SnakeYAML up to its node graph, which knows the lines.
 */
package dev.trefoil.config;
