package dev.trefoil.rl;

/** The clipped policy loss, its gradient with respect to the new log-probabilities [B, T], and the ratios [B, T]. */
record PolicyPart(double loss, double clipFraction, double[][] gradient, double[][] ratio) {

    /** d/dlogp of -A r is -A r; where the clipped branch is the larger one the ratio is held and nothing flows. */
    static PolicyPart of(PpoSettings settings, Trajectory trajectory, double[][] advantages, double[][] logProbs) {
        boolean[][] mask = trajectory.policyMask();
        double count = Math.max(1, MaskedStatistics.count(mask));
        double low = 1 - settings.clipRange();
        double high = 1 + settings.clipRange();
        double[][] gradient = new double[logProbs.length][];
        double[][] ratio = new double[logProbs.length][];
        double loss = 0;
        double clipped = 0;
        for (int i = 0; i < logProbs.length; i++) {
            gradient[i] = new double[logProbs[i].length];
            ratio[i] = new double[logProbs[i].length];
            for (int t = 0; t < logProbs[i].length; t++) {
                double r = Math.exp(logProbs[i][t] - trajectory.logProbs()[i][t]);
                ratio[i][t] = r;
                if (!mask[i][t]) {
                    continue;
                }
                double plain = -advantages[i][t] * r;
                double held = -advantages[i][t] * Math.min(Math.max(r, low), high);
                boolean isClipped = held > plain;
                loss += isClipped ? held : plain;
                clipped += isClipped ? 1 : 0;
                gradient[i][t] = isClipped ? 0 : plain / count;
            }
        }
        return new PolicyPart(loss / count, clipped / count, gradient, ratio);
    }

    PolicyPart silenced() {
        return new PolicyPart(0, clipFraction, ValuePart.zerosLike(gradient), ratio);
    }
}
