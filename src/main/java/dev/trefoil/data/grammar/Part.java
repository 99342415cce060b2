package dev.trefoil.data.grammar;

import java.util.List;

/** A piece of a phrase; {@link PhraseReader} describes how each is written. */
sealed interface Part {

    /** Adds this piece to the review being written. */
    void tell(Telling telling, Mood mood);

    /** Words as they are. */
    record Words(String text) implements Part {
        @Override
        public void tell(Telling telling, Mood mood) {
            telling.write(text);
        }
    }

    /** A rule by name, in the mood of the phrase or, when {@code opposite}, in the other one. */
    record Reference(String rule, boolean opposite) implements Part {
        @Override
        public void tell(Telling telling, Mood mood) {
            telling.tell(rule, opposite ? mood.opposite() : mood);
        }
    }

    /** A verb that agrees with the last noun in number and with the review in tense. */
    record Verb(String presentSingular, String presentPlural, String pastSingular, String pastPlural) implements Part {
        @Override
        public void tell(Telling telling, Mood mood) {
            if (telling.past()) {
                telling.write(telling.plural() ? pastPlural : pastSingular);
            } else {
                telling.write(telling.plural() ? presentPlural : presentSingular);
            }
        }
    }

    /** One of the choices half the time, nothing otherwise. */
    record Perhaps(List<List<Part>> choices) implements Part {
        @Override
        public void tell(Telling telling, Mood mood) {
            if (telling.draw(2) == 0) {
                telling.tell(choices.get(telling.draw(choices.size())), mood);
            }
        }
    }
}
