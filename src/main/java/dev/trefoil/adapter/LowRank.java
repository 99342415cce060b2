package dev.trefoil.adapter;

import dev.trefoil.adapter.WeightedAdapters.Factors;
import org.apache.commons.math3.linear.EigenDecomposition;
import org.apache.commons.math3.linear.MatrixUtils;
import org.apache.commons.math3.linear.RealMatrix;
import org.apache.commons.math3.linear.SingularValueDecomposition;

/**
 * The best approximation of B A by a lower rank (Eckart and Young 1936), without ever making the product: B = U D P^T and A = Q E V^T
 * come from the small B^T B and A A^T, and the singular values of B A are those of D P^T Q E.
 */
final class LowRank {

    /** Directions whose length is below this share of the longest are rounding; float32 has no more digits. */
    private static final double NEGLIGIBLE = 1e-7;

    private LowRank() {}

    /** @return B with the singular values inside, A with orthonormal rows; of fewer than {@code rank} where there is no more */
    static Factors cut(Factors factors, int rank) {
        Side left = Side.of(factors.b().transpose().multiply(factors.b()));
        Side right = Side.of(factors.a().multiply(factors.a().transpose()));
        if (left.lengths().length == 0 || right.lengths().length == 0) {
            return zero(factors);
        }
        RealMatrix core = left.scaledDirections().transpose().multiply(right.scaledDirections());
        SingularValueDecomposition svd = new SingularValueDecomposition(core);
        int kept = Math.min(rank, svd.getSingularValues().length);
        RealMatrix u = first(svd.getU().multiply(svd.getS()), kept);
        RealMatrix v = first(svd.getV(), kept);
        RealMatrix b = factors.b().multiply(left.unitDirections()).multiply(u);
        RealMatrix a =
                v.transpose().multiply(right.unitDirections().transpose()).multiply(factors.a());
        return new Factors(a, b, 1);
    }

    private static Factors zero(Factors factors) {
        return new Factors(
                MatrixUtils.createRealMatrix(1, factors.a().getColumnDimension()),
                MatrixUtils.createRealMatrix(factors.b().getRowDimension(), 1),
                1);
    }

    private static RealMatrix first(RealMatrix matrix, int columns) {
        return matrix.getSubMatrix(0, matrix.getRowDimension() - 1, 0, columns - 1);
    }

    /**
     * Eigenvectors of a Gram matrix that are no mere rounding.
     *
     * @param directions one a column
     * @param lengths roots of the eigenvalues
     */
    private record Side(RealMatrix directions, double[] lengths) {

        static Side of(RealMatrix gram) {
            EigenDecomposition eigen = new EigenDecomposition(gram);
            double[] values = eigen.getRealEigenvalues();
            double largest = Math.sqrt(Math.max(0, values[0]));
            int count = 0;
            while (count < values.length && Math.sqrt(Math.max(0, values[count])) > NEGLIGIBLE * largest) {
                count++;
            }
            double[] lengths = new double[count];
            for (int i = 0; i < count; i++) {
                lengths[i] = Math.sqrt(values[i]);
            }
            return new Side(count == 0 ? gram : first(eigen.getV(), count), lengths);
        }

        RealMatrix scaledDirections() {
            return directions.multiply(MatrixUtils.createRealDiagonalMatrix(lengths));
        }

        RealMatrix unitDirections() {
            double[] inverse = new double[lengths.length];
            for (int i = 0; i < inverse.length; i++) {
                inverse[i] = 1 / lengths[i];
            }
            return directions.multiply(MatrixUtils.createRealDiagonalMatrix(inverse));
        }
    }
}
