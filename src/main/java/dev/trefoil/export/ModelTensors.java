package dev.trefoil.export;

import dev.trefoil.gguf.GgufArchitecture;
import dev.trefoil.gguf.GgufArchitecture.Piece;
import dev.trefoil.gguf.GgufFormat;
import dev.trefoil.gguf.GgufWriter;
import dev.trefoil.gguf.RotaryRows;
import dev.trefoil.prepare.PublishedCheckpoint;
import dev.trefoil.quant.RopeScaling;
import dev.trefoil.quant.RowSource;
import dev.trefoil.quant.Switches;
import java.util.ArrayList;
import java.util.List;

/** The tensors of a model's GGUF file, read from the checkpoint when they are written. */
final class ModelTensors {

    private static final String HEAD = "output.weight";

    private ModelTensors() {}

    static List<GgufWriter.Tensor> of(PublishedCheckpoint source, GgufArchitecture architecture, GgufFormat format) {
        List<GgufWriter.Tensor> tensors = new ArrayList<>();
        architecture.pieces(source.config()).forEach((canonical, pieces) -> {
            RowSource whole = source.rows(canonical);
            for (Piece piece : pieces) {
                RowSource rows = RotaryRows.sideBySide(part(whole, piece), piece.rotatedHeads());
                tensors.add(new GgufWriter.Tensor(piece.name(), formatOf(piece, format), rows, piece.vector()));
            }
        });
        Switches switches = source.config().switches();
        if (switches.tiedHead() && architecture == GgufArchitecture.GPTNEOX) {
            // llama.cpp shares the embedding with the head for the other architectures only.
            RowSource embedding = source.rows("embed.weight");
            GgufFormat head = fits(embedding, format) ? format : GgufFormat.F16;
            tensors.add(new GgufWriter.Tensor(HEAD, head, embedding, false));
        }
        if (switches.position() == Switches.Position.ROTARY
                && switches.ropeScaling().type() == RopeScaling.Type.LLAMA3) {
            tensors.add(ropeFactors(switches));
        }
        return tensors;
    }

    /** Vectors and position tables stay float32; rows that are no whole blocks are fp16. */
    private static GgufFormat formatOf(Piece piece, GgufFormat format) {
        if (piece.vector() || piece.canonical().startsWith("position")) {
            return GgufFormat.F32;
        }
        return piece.columns() % format.blockElements() == 0 ? format : GgufFormat.F16;
    }

    private static boolean fits(RowSource rows, GgufFormat format) {
        return rows.columns() % format.blockElements() == 0;
    }

    /** LLaMA 3's scaling as its result: a divisor for each frequency. */
    private static GgufWriter.Tensor ropeFactors(Switches switches) {
        double[] plain = RopeScaling.none().inverseFrequencies(switches.ropeTheta(), switches.rotaryDims());
        double[] scaled = switches.ropeScaling().inverseFrequencies(switches.ropeTheta(), switches.rotaryDims());
        float[] divisors = new float[plain.length];
        for (int i = 0; i < plain.length; i++) {
            divisors[i] = (float) (plain[i] / scaled[i]);
        }
        RowSource rows = ArrayRows.of(divisors, 1, divisors.length);
        return new GgufWriter.Tensor("rope_freqs.weight", GgufFormat.F32, rows, true);
    }

    private static RowSource part(RowSource whole, Piece piece) {
        boolean all = whole.rows() == piece.rows() && whole.columns() == piece.columns();
        return all ? whole : new PartOfRows(whole, piece.offset(), piece.rows(), piece.columns());
    }

    /** A run of rows, or of a vector's elements. */
    private record PartOfRows(RowSource whole, int offset, int rows, int columns) implements RowSource {

        @Override
        public void read(int firstRow, int count, float[] into) {
            if (whole.rows() == 1) {
                float[] vector = new float[whole.columns()];
                whole.read(0, 1, vector);
                System.arraycopy(vector, offset, into, 0, columns);
            } else {
                whole.read(offset + firstRow, count, into);
            }
        }
    }
}
