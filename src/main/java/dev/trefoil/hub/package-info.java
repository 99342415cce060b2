/**
 * Models by hub id: which files are needed, their download with resume and checksum, the shared cache. May import artifact; nothing
 * of the engine. Read first: {@link dev.trefoil.hub.Hub}, then {@link dev.trefoil.hub.HubClient}, which alone speaks to servers and
 * alone knows the token.
 */
package dev.trefoil.hub;
