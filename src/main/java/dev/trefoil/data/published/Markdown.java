package dev.trefoil.data.published;

import com.vladsch.flexmark.html2md.converter.FlexmarkHtmlConverter;
import com.vladsch.flexmark.util.data.MutableDataSet;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Node;
import org.jsoup.select.NodeVisitor;

/** HTML of posts as Markdown: fenced code, links inline, nothing that only a browser shows. */
final class Markdown {

    /** The converter calls itself for each level; a page that nests deeper than any post would end the stack. */
    private static final int DEEPEST = 200;

    private static final String NOT_TEXT = "script, style, template, iframe, object, embed";

    private final FlexmarkHtmlConverter converter;

    Markdown() {
        // Posts hold TeX and code in running text: a backslash before each special character would be read as theirs.
        MutableDataSet options = new MutableDataSet()
                .set(FlexmarkHtmlConverter.SKIP_CHAR_ESCAPE, true)
                .set(FlexmarkHtmlConverter.NBSP_TEXT, " ")
                .set(FlexmarkHtmlConverter.THEMATIC_BREAK, "---")
                .set(FlexmarkHtmlConverter.SETEXT_HEADINGS, false)
                .set(FlexmarkHtmlConverter.OUTPUT_ATTRIBUTES_ID, false)
                .set(FlexmarkHtmlConverter.OUTPUT_UNKNOWN_TAGS, false)
                .set(FlexmarkHtmlConverter.BR_AS_EXTRA_BLANK_LINES, false)
                .set(FlexmarkHtmlConverter.BR_AS_PARA_BREAKS, false)
                .set(FlexmarkHtmlConverter.TYPOGRAPHIC_QUOTES, false)
                .set(FlexmarkHtmlConverter.TYPOGRAPHIC_SMARTS, false)
                .set(FlexmarkHtmlConverter.WRAP_AUTO_LINKS, false)
                .set(FlexmarkHtmlConverter.LISTS_END_ON_DOUBLE_BLANK, false);
        this.converter = FlexmarkHtmlConverter.builder(options).build();
    }

    /** Never null; without white space at either end. */
    String of(String html) {
        Document page = Jsoup.parseBodyFragment(html);
        page.select(NOT_TEXT).remove();
        // Code inside pre is indented by the converter, pre alone is fenced.
        page.select("pre > code").unwrap();
        page.outputSettings().prettyPrint(false);
        String text = depth(page) > DEEPEST
                ? page.wholeText()
                : converter.convert(page.body().html());
        return text.strip();
    }

    private static int depth(Document page) {
        int[] deepest = {0};
        NodeVisitor visitor = (Node node, int depth) -> deepest[0] = Math.max(deepest[0], depth);
        page.traverse(visitor);
        return deepest[0];
    }
}
