/**
 * What can be done with any data file: look at it, write it in another form, split it, make pairs of it. Imports {@code data} and
 * level 0. Read {@link dev.trefoil.data.table.TableStatistics} first.
 */
package dev.trefoil.data.table;
