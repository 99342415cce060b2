package dev.trefoil.report.page;

import dev.trefoil.config.Doc;
import dev.trefoil.config.Required;
import java.util.List;

/** A recipe's published.yaml: what its source says, beside what a run has. */
public record PublishedTable(
        @Required @Doc("What is reproduced, with its address.")
        String source,

        @Required @Doc("One quantity a row.") List<Row> rows) {

    /** The file's name in a recipe's folder; a run gets a copy. */
    public static final String FILE_NAME = "published.yaml";

    /** One quantity. */
    public record Row(
            @Required @Doc("The quantity.") String what,

            @Required @Doc("What the source says.") String published,

            @Required
            @Doc(
                    "What this run has: a text with figures such as {ppo.last.objective/kl}, {sft.config.lora.r} or {reward.evaluation.accuracy|percent}.")
            String ours,

            @Doc("Why the two differ; a text with figures too.")
            String why) {

        /** All but the reason is required. */
        public static Row defaults() {
            return new Row(null, null, null, "");
        }
    }

    public PublishedTable {
        rows = rows == null ? null : List.copyOf(rows);
    }

    /** Both keys are required. */
    public static PublishedTable defaults() {
        return new PublishedTable(null, null);
    }
}
