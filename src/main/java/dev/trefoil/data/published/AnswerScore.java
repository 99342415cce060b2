package dev.trefoil.data.published;

/**
 * How good an answer is by its votes: round(log2(1 + upvotes)), -1 when the votes are negative, and 1 more when it was accepted
 * (Askell et al. 2021, https://arxiv.org/abs/2112.00861, appendix on preference modelling pre-training; used by StackLLaMA).
 */
final class AnswerScore {

    private AnswerScore() {}

    /**
     * @param votes upvotes minus downvotes, as the dumps give them
     */
    static long of(long votes, boolean accepted) {
        // log2(1 + n) is never halfway between two integers, so it does not matter which way halves are rounded.
        long score = votes < 0 ? -1 : Math.round(Math.log1p(votes) / Math.log(2));
        return accepted ? score + 1 : score;
    }
}
