package dev.trefoil.data;

/** What one row of a data file becomes, after mapping and templates. Texts are never null. */
public sealed interface Sample
        permits TextSample, CompletionSample, ChatSample, PreferenceSample, PromptSample, LabelledSample {

    /** Length in characters (UTF-16 units) that {@code minChars} and {@code maxChars} look at: all texts of the sample. */
    int chars();
}
