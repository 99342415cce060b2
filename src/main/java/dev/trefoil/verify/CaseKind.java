package dev.trefoil.verify;

import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** The kinds of cases, told apart by what a case holds, whatever its folder is called. */
enum CaseKind {
    INT8_LINEAR(false, golden -> golden.has("CB") && golden.has("in.weight"), Int8LinearCase::new),
    INT8_MODEL(true, golden -> golden.has("int8.logits"), Int8ModelCase::new),
    REWARD(true, golden -> golden.has("in.margin") && golden.has("scores"), RewardCase::new),
    LORA(true, golden -> golden.has("logits_disabled"), LoraCase::new),
    LOSS(true, golden -> golden.has("in.completion.input_ids") || golden.has("in.packed.input_ids"), LossCase::new),
    PPO_STEP(true, golden -> golden.has("in.scores") && golden.config().has("ppo_epochs"), PpoStepCase::new),
    SFT_STEPS(true, golden -> golden.has("in.0.0.input_ids"), SftStepsCase::new),
    ARCH(
            true,
            golden -> golden.has("in.right.input_ids")
                    || golden.has("in.left.input_ids")
                    || golden.has("in.generate.input_ids"),
            ArchCase::new),
    SAMPLING(
            false,
            golden -> golden.has("in.context_ids")
                    && golden.config().path("options").isArray(),
            SamplingCase::new),
    TOKENIZER(false, golden -> golden.scalars().path("encode").isArray(), TokenizerCase::new),
    PEFT_DEFAULTS(
            false,
            golden -> golden.scalars().path("llama").has("target_modules")
                    || golden.scalars().path("gpt2").has("target_modules"),
            PeftDefaultsCase::new),
    PPO_CONTROLLERS(false, golden -> golden.scalars().has("adaptive_kl"), PpoControllersCase::new),
    PPO_MATH(false, golden -> golden.has("in.new_logprobs") && golden.config().has("variant"), PpoMathCase::new),
    OPTIMISER(
            false,
            golden -> golden.has("in.param.0")
                    || golden.config().has("warmup") && golden.config().has("total"),
            OptimCases::new);

    private final boolean usesModel;
    private final Predicate<GoldenCase> holds;
    private final Supplier<CaseCheck> check;

    CaseKind(boolean usesModel, Predicate<GoldenCase> holds, Supplier<CaseCheck> check) {
        this.usesModel = usesModel;
        this.holds = holds;
        this.check = check;
    }

    static Optional<CaseKind> of(GoldenCase golden) {
        for (CaseKind kind : values()) {
            if (kind.holds.test(golden)) {
                return Optional.of(kind);
            }
        }
        return Optional.empty();
    }

    /** Whether the case names a checkpoint, whose family must be one of those that are supported. */
    boolean usesModel() {
        return usesModel;
    }

    CaseCheck check() {
        return check.get();
    }
}
