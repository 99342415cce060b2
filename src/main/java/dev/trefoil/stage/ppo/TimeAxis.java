package dev.trefoil.stage.ppo;

import dev.trefoil.rl.Era;

/**
 * Where the numbers of a response stand in {@code [B, T]} arrays. Classic TRL keeps the whole sequence: column t belongs to the
 * prediction of token t + 1, so a response begins at column (prompt length - 1). TRL 1.x keeps responses only, from column 0, and
 * one value more than there are response tokens where there is room.
 *
 * <p>The difference matters where padding enters the sums, see {@link dev.trefoil.rl.Advantages}.
 *
 * @param columns T
 */
record TimeAxis(Era era, int columns) {

    /** The axis of a whole rollout; its parts share it. */
    static TimeAxis of(Era era, Sequences all) {
        return new TimeAxis(era, era == Era.CLASSIC ? all.width() - 1 : all.longestResponse());
    }

    int firstColumn(int promptLength) {
        return era == Era.CLASSIC ? promptLength - 1 : 0;
    }

    int values(int responseLength) {
        return era == Era.CLASSIC ? responseLength : Math.min(responseLength + 1, columns);
    }

    /** Column of each response's last token: [B]. */
    int[] lastColumns(Sequences sequences) {
        int[] last = new int[sequences.size()];
        for (int i = 0; i < last.length; i++) {
            last[i] = firstColumn(sequences.prompts().get(i).length)
                    + sequences.responses().get(i).length
                    - 1;
        }
        return last;
    }
}
