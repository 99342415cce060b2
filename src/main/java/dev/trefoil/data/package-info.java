/**
 * From files to typed samples: JSON Lines, CSV and Parquet rows, column mapping, templates, conversations, filters and a report of what was
 * dropped. Imports level 0 only and nothing of the engine. Read {@link dev.trefoil.data.Samples} first, then
 * {@link dev.trefoil.data.DataConfig}.
 */
package dev.trefoil.data;
