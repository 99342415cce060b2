package dev.trefoil;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Holds the direction of imports: a package imports lower levels only, and big libraries stay in their one room. */
class PackageLayoutTest {

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.trefoil");

    /** Lowest level first; packages of one level do not import each other. */
    private static final List<List<String>> LEVELS = List.of(
            List.of("config", "kernel", "artifact", "rl", "reward", "report"),
            List.of("data", "data.grammar", "quant", "adapter", "optim", "report.page", "hub"),
            List.of("family", "token", "token.bpe", "gguf", "data.table", "data.published"),
            List.of("prepare", "model"),
            List.of("generate", "plan", "merge"),
            List.of("export"),
            List.of("reward.builtin", "eval"),
            List.of("train", "doctor"),
            List.of("stage.sft", "stage.reward", "stage.ppo", "stage.pretrain"),
            List.of("pipeline"),
            List.of("verify", "bench"),
            List.of("cli"));

    @Test
    void packages_import_lower_levels_only() {
        ArchRule rule = layers();
        rule.check(CLASSES);
    }

    @Test
    void arithmetic_and_files_are_free_of_the_engine() {
        ArchRule rule = noClasses()
                .that()
                .resideInAnyPackage(packages(
                        "config",
                        "artifact",
                        "report",
                        "data",
                        "data.grammar",
                        "data.table",
                        "data.published",
                        "rl",
                        "reward",
                        "plan",
                        "optim"))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("ai.djl..")
                .allowEmptyShould(true);
        rule.check(CLASSES);
    }

    @Test
    void picocli_only_in_cli() {
        ArchRule rule = noClasses()
                .that()
                .resideOutsideOfPackage("dev.trefoil.cli")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("picocli..")
                .allowEmptyShould(true);
        rule.check(CLASSES);
    }

    @Test
    void tribuo_only_in_eval() {
        ArchRule rule = noClasses()
                .that()
                .resideOutsideOfPackage("dev.trefoil.eval")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.tribuo..")
                .allowEmptyShould(true);
        rule.check(CLASSES);
    }

    private static String[] packages(String... names) {
        String[] full = new String[names.length];
        for (int i = 0; i < names.length; i++) {
            full[i] = "dev.trefoil." + names[i];
        }
        return full;
    }

    private static ArchRule layers() {
        var architecture =
                layeredArchitecture().consideringOnlyDependenciesInLayers().withOptionalLayers(true);
        for (List<String> level : LEVELS) {
            for (String name : level) {
                architecture = architecture.layer(name).definedBy("dev.trefoil." + name);
            }
        }
        for (int i = 0; i < LEVELS.size(); i++) {
            String[] above = LEVELS.subList(i + 1, LEVELS.size()).stream()
                    .flatMap(List::stream)
                    .toArray(String[]::new);
            for (String name : LEVELS.get(i)) {
                architecture = above.length == 0
                        ? architecture.whereLayer(name).mayNotBeAccessedByAnyLayer()
                        : architecture.whereLayer(name).mayOnlyBeAccessedByLayers(above);
            }
        }
        return architecture;
    }
}
