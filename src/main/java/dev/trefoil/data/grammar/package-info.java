/**
 * Short film reviews from a grammar: what the embedded base and the quickstart are trained on. A review is a pure function of
 * (seed, index), so a corpus needs no download and no file. The grammar itself is the resource {@code grammar/reviews.txt}.
 *
 * <p>May import config, artifact, rl, reward and report. Read {@link dev.trefoil.data.grammar.ReviewGrammar} first, then the
 * resource.
 */
package dev.trefoil.data.grammar;
