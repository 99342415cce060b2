package dev.trefoil.eval;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tribuo.MutableDataset;
import org.tribuo.Prediction;
import org.tribuo.classification.Label;
import org.tribuo.classification.LabelFactory;
import org.tribuo.classification.baseline.DummyClassifierTrainer;
import org.tribuo.classification.evaluation.LabelEvaluation;
import org.tribuo.classification.evaluation.LabelEvaluationUtil;
import org.tribuo.classification.evaluation.LabelEvaluator;
import org.tribuo.impl.ArrayExample;
import org.tribuo.provenance.SimpleDataSourceProvenance;

/**
 * A reward model as Tribuo sees it: a classifier that is shown each pair in both orders and says which text is the better one, with
 * probability sigmoid(score of the first - score of the second).
 *
 * @param accuracy share of right answers; a tie is right in one of the two orders
 * @param scoreAuc area under the ROC curve of single scores, chosen against rejected over all pairs
 * @param marginAuc area under the ROC curve of the margins of both orders
 */
record PairRanking(double accuracy, double scoreAuc, double marginAuc) {

    private static final Label FIRST = new Label("first");
    private static final Label SECOND = new Label("second");
    private static final LabelFactory LABELS = new LabelFactory();

    static PairRanking of(double[] chosen, double[] rejected) {
        int pairs = chosen.length;
        boolean[] better = new boolean[2 * pairs];
        double[] scores = new double[2 * pairs];
        double[] margins = new double[2 * pairs];
        List<Prediction<Label>> predictions = new ArrayList<>(2 * pairs);
        for (int i = 0; i < pairs; i++) {
            double margin = chosen[i] - rejected[i];
            better[2 * i] = true;
            // Adding 0 makes one zero of the two, which a sort would keep apart.
            scores[2 * i] = chosen[i] + 0.0;
            scores[2 * i + 1] = rejected[i] + 0.0;
            margins[2 * i] = margin;
            margins[2 * i + 1] = 0.0 - margin;
            predictions.add(prediction(FIRST, margin));
            predictions.add(prediction(SECOND, -margin));
        }
        return new PairRanking(
                evaluate(predictions).accuracy(),
                LabelEvaluationUtil.binaryAUCROC(better, scores),
                LabelEvaluationUtil.binaryAUCROC(better, margins));
    }

    private static LabelEvaluation evaluate(List<Prediction<Label>> predictions) {
        var source = new SimpleDataSourceProvenance("pairs of a reward evaluation", LABELS);
        var labels = new MutableDataset<Label>(source, LABELS);
        labels.add(example(FIRST));
        labels.add(example(SECOND));
        // The evaluator asks its model for the labels only; the predictions are the reward model's.
        var names =
                DummyClassifierTrainer.createConstantTrainer(FIRST.getLabel()).train(labels);
        return new LabelEvaluator().evaluate(names, predictions, source);
    }

    private static Prediction<Label> prediction(Label truth, double margin) {
        double first = Calibration.sigmoid(margin);
        Map<String, Label> scores = new LinkedHashMap<>();
        scores.put(FIRST.getLabel(), new Label(FIRST.getLabel(), first));
        scores.put(SECOND.getLabel(), new Label(SECOND.getLabel(), 1 - first));
        Label answer = scores.get(margin >= 0 ? FIRST.getLabel() : SECOND.getLabel());
        return new Prediction<>(answer, scores, 1, example(truth), true);
    }

    private static ArrayExample<Label> example(Label truth) {
        return new ArrayExample<>(truth, new String[] {"margin"}, new double[] {1});
    }
}
