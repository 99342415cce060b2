package dev.trefoil.stage.reward;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trefoil.TinyBase;
import dev.trefoil.adapter.AdapterStack;
import dev.trefoil.adapter.LoraAdapter;
import dev.trefoil.artifact.Manifest.GoldenScore;
import dev.trefoil.data.PreferenceSample;
import dev.trefoil.model.EngineConfig;
import dev.trefoil.model.Role;
import dev.trefoil.model.ScalarHead;
import dev.trefoil.model.SharedBase;
import dev.trefoil.token.PreferenceConfig;
import dev.trefoil.train.LoraSettings;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PaddingCheckTest {

    @TempDir
    Path folder;

    @Test
    void accepts_rounding_and_refuses_scores_that_depend_on_their_company() {
        try (SharedBase base = SharedBase.open(TinyBase.prepare(folder), EngineConfig.parity())) {
            LoraAdapter adapter = RewardAdapter.create(base, LoraSettings.of(2, 4, 0), 1);
            try (Role role = Role.of(base, AdapterStack.of(base.sites(), List.of(adapter), true))) {
                RewardScorer scorer = new RewardScorer(role, ScalarHead.over(adapter, "score"));
                PaddingCheck check = PaddingCheck.of(
                        base.tokenizer(),
                        List.of(
                                new PreferenceSample(
                                        "The film ", "was great and moving to its end.", "was dull.", null),
                                new PreferenceSample("", "I loved it.", "The story was a mess, and too long.", null)),
                        PreferenceConfig.defaults());
                assertThat(check.judge(scorer, base).complaint()).isEmpty();
                assertThat(scorer.withOtherPadding(check.rows())).isEqualTo(scorer.together(check.rows()));
                assertThat(check.texts()).hasSize(4);
                assertThat(check.golden(scorer))
                        .extracting(GoldenScore::score)
                        .allSatisfy(score -> assertThat(score).isFinite().isNotZero());
                assertThat(base.choosesOutliersByBatch()).isFalse();

                // A head that is not finite stands for one that reads what it should not: nothing is equal to it.
                adapter.savedValues("score").put(0, Float.NaN);
                assertThat(check.judge(scorer, base).complaint())
                        .hasValueSatisfying(found -> assertThat(found).contains("padded batch"));
            }
        }
    }
}
