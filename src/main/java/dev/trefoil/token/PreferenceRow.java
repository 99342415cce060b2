package dev.trefoil.token;

/**
 * Token ids of a pair, each with the end token inside.
 *
 * @param chosen [length of it]
 * @param rejected [length of it]
 * @param margin wanted distance of the two scores; 0 when the data gives none
 * @param chosenChars length of the chosen answer in characters, before any cut
 * @param rejectedChars length of the rejected answer in characters, before any cut
 */
public record PreferenceRow(int[] chosen, int[] rejected, double margin, int chosenChars, int rejectedChars) {}
