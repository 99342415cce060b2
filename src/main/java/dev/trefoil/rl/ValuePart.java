package dev.trefoil.rl;

/** The clipped value loss and the gradient of coefficient * loss with respect to the new values [B, T]. */
record ValuePart(double loss, double clipFraction, double[][] gradient) {

    static ValuePart of(PpoSettings settings, Trajectory trajectory, double[][] returns, double[][] values) {
        boolean[][] mask = trajectory.valueMask();
        double count = Math.max(1, MaskedStatistics.count(mask));
        double range = settings.clipRangeValue();
        double[][] gradient = new double[values.length][];
        double sum = 0;
        double clipped = 0;
        for (int i = 0; i < values.length; i++) {
            gradient[i] = new double[values[i].length];
            for (int t = 0; t < values[i].length; t++) {
                if (!mask[i][t]) {
                    continue;
                }
                double old = trajectory.values()[i][t];
                double held = Math.max(Math.min(values[i][t], old + range), old - range);
                double plainError = values[i][t] - returns[i][t];
                double heldError = held - returns[i][t];
                // A held value outside the range is a constant, so nothing flows through it.
                boolean isClipped = heldError * heldError > plainError * plainError;
                sum += isClipped ? heldError * heldError : plainError * plainError;
                clipped += isClipped ? 1 : 0;
                gradient[i][t] = isClipped ? 0 : settings.valueCoefficient() * plainError / count;
            }
        }
        return new ValuePart(0.5 * sum / count, clipped / count, gradient);
    }

    ValuePart silenced() {
        return new ValuePart(0, clipFraction, zerosLike(gradient));
    }

    static double[][] zerosLike(double[][] x) {
        double[][] zeros = new double[x.length][];
        for (int i = 0; i < x.length; i++) {
            zeros[i] = new double[x[i].length];
        }
        return zeros;
    }
}
