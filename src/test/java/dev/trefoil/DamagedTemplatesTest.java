package dev.trefoil;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trefoil.data.ChatMessage;
import dev.trefoil.data.Conversation;
import dev.trefoil.token.ChatTemplate;
import dev.trefoil.token.Tokenizer;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Chat templates come with a model and are programs: under random damage, and made to take all memory or all time. */
class DamagedTemplatesTest {

    private static final String TEMPLATE = """
            {%- if messages[0]['role'] == 'system' %}{% set system = messages[0].content | trim %}{% endif -%}
            {{ bos_token or '' }}{% for message in messages %}
            {%- if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('roles take turns') }}{% endif %}
            {{- '<|' ~ message.role ~ '|>\\n' + message['content'].strip().split('</think>')[-1] | trim }}
            {%- if message.role == "assistant" %}{% generation %}{{ message.content }}{% endgeneration %}{% endif %}
            {%- endfor %}{% if add_generation_prompt %}{{ '<|assistant|>\\n' }}{% endif %}
            """;

    private static final Conversation TALK = Conversation.of(List.of(
            new ChatMessage("user", "Is it good?"), new ChatMessage("assistant", "It is <b>fine</b>. {{ 1 }}")));

    @TempDir
    private static Path folder;

    private static Tokenizer tokenizer;

    @BeforeAll
    static void open() {
        tokenizer = Tokenizer.open(TinyBase.publish(folder));
    }

    @AfterAll
    static void close() {
        tokenizer.close();
    }

    private static String render(String template) {
        return ChatTemplate.of("damaged", template, tokenizer)
                .render(TALK, true)
                .text();
    }

    @Test
    void damaged_templates() {
        Survival.ofText("chat template", TEMPLATE, 1, DamagedTemplatesTest::render);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{% for a in range(900) %}{% for b in range(900) %}{% for c in range(900) %}{% for d in range(900) %}x"
                        + "{% endfor %}{% endfor %}{% endfor %}{% endfor %}",
                "{% for a in range(900) %}{% for b in range(900) %}{% for c in range(900) %}{% for d in range(900) %}"
                        + "{% endfor %}{% endfor %}{% endfor %}{% endfor %}",
                "{% set a = 'x' %}{% for i in range(60) %}{% set a = a ~ a %}{% endfor %}{{ a }}",
                "{% set ns = namespace(a='xxxxxxxx') %}{% for i in range(60) %}{% set ns.a = ns.a + ns.a %}{% endfor %}",
                "{% set ns = namespace(a=[1]) %}{% for i in range(60) %}{% set ns.a = ns.a + ns.a %}{% endfor %}",
                "{% set ns = namespace(a='xx') %}{% for i in range(60) %}{% set ns.a = ns.a.replace('x', ns.a) %}{% endfor %}",
                "{% set ns = namespace(a='xx') %}{% for i in range(60) %}{% set ns.a = ns.a.join([ns.a, ns.a, ns.a]) %}{% endfor %}",
                "{% set ns = namespace(a='xx') %}{% for i in range(60) %}{% set ns.a = ns.a | replace('x', ns.a) %}{% endfor %}",
                "{% macro m(n) %}{{ m(n + 1) }}{{ m(n + 1) }}{% endmacro %}{{ m(0) }}",
                "{{ 'x' | center(2000000000) }}",
                "{{ 'x' | indent(2000000000, true) }}",
                "{{ '%2000000000d' | format(1) }}",
                "{{ '%2000000000d' % 1 }}",
                "{{ 'x' * 2000000000 }}",
                "{{ [1] * 2000000000 }}",
                "{{ 10 ** 1000000000 }}",
                "{{ range(2000000000) }}",
                "{{ 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!' | regex_replace('(a+)+$', '') }}",
                "{{ '%s' | format('a') | wordwrap(0) }}",
                "{{ ''.getClass().forName('java.lang.Runtime') }}",
                "{{ messages.getClass() }}",
            })
    void bombs_are_refused_or_small(String template) {
        long begin = System.nanoTime();
        try {
            assertThat(render(template)).hasSizeLessThan(1 << 20).doesNotContain("java.lang", "class java");
        } catch (UserError refused) {
            assertThat(refused.getMessage()).contains("damaged").doesNotContain("\n");
        }
        assertThat((System.nanoTime() - begin) / 1e9).isLessThan(20);
    }

    @Test
    void files_and_addresses_are_not_read() {
        for (String template : List.of(
                "{% include '/etc/passwd' %}", "{% import '/etc/passwd' as p %}", "{% extends '/etc/passwd' %}")) {
            assertThatThrownBy(() -> {
                        assertThat(render(template)).doesNotContain("root:");
                        throw UserError.data("damaged: read nothing");
                    })
                    .isInstanceOf(UserError.class);
        }
    }
}
