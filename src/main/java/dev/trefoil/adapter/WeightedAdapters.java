package dev.trefoil.adapter;

import dev.trefoil.UserError;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.commons.math3.linear.MatrixUtils;
import org.apache.commons.math3.linear.RealMatrix;

/**
 * Several adapters of one base, each with a weight, as one: what PEFT's {@code add_weighted_adapter} makes of them. The result's
 * scaling is 1; a linear that only some of them adapt is changed by those.
 */
public final class WeightedAdapters {

    /** How factors become one pair. */
    public enum Combination {
        /** A below A, B beside B: exactly the weighted sum, with the sum of the ranks. */
        CAT,
        /** Weighted sums of the A and of the B, which holds products of one's A with another's B too: a rough approximation. */
        LINEAR,
        /** The weighted sum, cut to a rank by its singular values. */
        SVD
    }

    /**
     * One adapter and what its change is multiplied by.
     *
     * @param weight below 0 to take a change away
     */
    public record Weighted(LoraAdapter adapter, double weight) {}

    private final List<Weighted> adapters;
    private final Combination combination;
    private final int rank;

    private WeightedAdapters(List<Weighted> adapters, Combination combination, int rank) {
        this.adapters = adapters;
        this.combination = combination;
        this.rank = rank;
    }

    /**
     * Makes a new adapter, without gradients.
     *
     * @param sites all linears of the base
     * @param svdRank rank for SVD, or null for the largest rank among the adapters
     * @throws UserError if an adapter holds modules in full, or ranks differ where they may not
     */
    public static LoraAdapter combine(
            String name, List<LinearSite> sites, List<Weighted> adapters, Combination combination, Integer svdRank) {
        for (Weighted each : adapters) {
            if (!each.adapter().savedModules().isEmpty()) {
                throw UserError.data("adapter " + each.adapter().name() + ": holds "
                        + each.adapter().savedModules().get(0).name()
                        + " in full, of which no weighted sum is made; give adapters of LoRA parts only");
            }
        }
        int rank =
                switch (combination) {
                    case CAT ->
                        adapters.stream()
                                .mapToInt(each -> largest(each.adapter()))
                                .sum();
                    case LINEAR -> sameRank(adapters);
                    case SVD ->
                        svdRank != null
                                ? svdRank
                                : adapters.stream()
                                        .mapToInt(each -> largest(each.adapter()))
                                        .max()
                                        .orElseThrow();
                };
        return new WeightedAdapters(List.copyOf(adapters), combination, rank).result(name, sites);
    }

    private static int largest(LoraAdapter adapter) {
        return adapter.modules().stream().mapToInt(LoraModule::rank).max().orElseThrow();
    }

    private static int sameRank(List<Weighted> adapters) {
        List<Integer> ranks = adapters.stream()
                .flatMap(each -> each.adapter().modules().stream())
                .map(LoraModule::rank)
                .distinct()
                .sorted()
                .toList();
        if (ranks.size() > 1) {
            throw UserError.data("found ranks " + ranks + " among the adapters, wanted one rank to combine them"
                    + " linearly; combine them by cat or svd");
        }
        return ranks.get(0);
    }

    private LoraAdapter result(String name, List<LinearSite> sites) {
        Map<String, List<Factors>> found = new HashMap<>();
        for (Weighted each : adapters) {
            for (LoraModule module : each.adapter().modules()) {
                found.computeIfAbsent(module.site().module(), key -> new ArrayList<>())
                        .add(Factors.of(each, module));
            }
        }
        List<LinearSite> adapted =
                sites.stream().filter(site -> found.containsKey(site.module())).toList();
        LoraConfig config = LoraConfig.of(rank, rank, 0, targets(sites, adapted));
        boolean transposed = adapted.stream().anyMatch(LinearSite::transposed);
        LoraAdapter result =
                LoraAdapter.zeros(name, transposed ? config.withFanInFanOut() : config, adapted, List.of());
        for (LoraModule module : result.modules()) {
            Factors combined = combined(found.get(module.site().module()));
            combined.write(result.a(module), result.b(module), rank);
        }
        return result;
    }

    /** Names of the linears where these say it all, else whole names. */
    private static TargetModules targets(List<LinearSite> sites, Collection<LinearSite> adapted) {
        List<String> leaves = TargetMatcher.leafNames(List.copyOf(adapted));
        TargetModules leafTargets = TargetModules.names(leaves);
        long meant = sites.stream()
                .filter(site -> leafTargets.matches(site.module()))
                .count();
        return meant == adapted.size()
                ? leafTargets
                : TargetModules.names(adapted.stream().map(LinearSite::module).toList());
    }

    private Factors combined(List<Factors> parts) {
        return switch (combination) {
            case CAT -> Factors.beside(parts);
            case LINEAR -> Factors.sum(parts);
            case SVD -> LowRank.cut(Factors.beside(parts), rank);
        };
    }

    /**
     * A [r, in] and B [out, r] of one linear.
     *
     * @param weight what B A is multiplied by
     */
    record Factors(RealMatrix a, RealMatrix b, double weight) {

        static Factors of(Weighted weighted, LoraModule module) {
            RealMatrix a = matrix(
                    weighted.adapter().a(module), module.rank(), module.site().columns());
            RealMatrix b = matrix(weighted.adapter().b(module), module.site().rows(), module.rank());
            return new Factors(a, b, weighted.weight() * module.scaling());
        }

        private static RealMatrix matrix(FloatBuffer values, int rows, int columns) {
            RealMatrix matrix = MatrixUtils.createRealMatrix(rows, columns);
            for (int row = 0; row < rows; row++) {
                for (int column = 0; column < columns; column++) {
                    matrix.setEntry(row, column, values.get());
                }
            }
            return matrix;
        }

        /** The weight goes into A, as PEFT has it. */
        static Factors beside(List<Factors> parts) {
            int ranks =
                    parts.stream().mapToInt(part -> part.a.getRowDimension()).sum();
            Factors first = parts.get(0);
            RealMatrix a = MatrixUtils.createRealMatrix(ranks, first.a.getColumnDimension());
            RealMatrix b = MatrixUtils.createRealMatrix(first.b.getRowDimension(), ranks);
            int at = 0;
            for (Factors part : parts) {
                a.setSubMatrix(part.a.scalarMultiply(part.weight).getData(), at, 0);
                b.setSubMatrix(part.b.getData(), 0, at);
                at += part.a.getRowDimension();
            }
            return new Factors(a, b, 1);
        }

        /** Each factor takes the root of the weight, A its sign. */
        static Factors sum(List<Factors> parts) {
            RealMatrix a = null;
            RealMatrix b = null;
            for (Factors part : parts) {
                double root = Math.sqrt(Math.abs(part.weight));
                RealMatrix partA = part.a.scalarMultiply(Math.signum(part.weight) * root);
                RealMatrix partB = part.b.scalarMultiply(root);
                a = a == null ? partA : a.add(partA);
                b = b == null ? partB : b.add(partB);
            }
            return new Factors(a, b, 1);
        }

        /** Into buffers of a module of a rank that may be larger: the rest stays zero. */
        void write(FloatBuffer intoA, FloatBuffer intoB, int rank) {
            for (int row = 0; row < a.getRowDimension(); row++) {
                for (int column = 0; column < a.getColumnDimension(); column++) {
                    intoA.put(row * a.getColumnDimension() + column, (float) a.getEntry(row, column));
                }
            }
            for (int row = 0; row < b.getRowDimension(); row++) {
                for (int column = 0; column < b.getColumnDimension(); column++) {
                    intoB.put(row * rank + column, (float) b.getEntry(row, column));
                }
            }
        }
    }
}
