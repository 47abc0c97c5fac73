"""What Markdown becomes, as a tree and on each platform."""

from __future__ import annotations

import dataclasses
import json

import pytest

from bot.markup import (
    Code,
    Document,
    Emphasis,
    Fence,
    Heading,
    LineBreak,
    Link,
    List,
    Marker,
    Paragraph,
    Quote,
    Rule,
    Strike,
    Strong,
    Table,
    Text,
    discord_messages,
    html,
    parse,
    plain,
    slack_blocks,
    slack_text,
    terminal,
)
from tests.markup.shown import MANUAL, SOURCES


def words(text: str) -> Paragraph:
    return Paragraph((Text(text),))


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ("Hello\nthere", (Paragraph((Text("Hello"), LineBreak(), Text("there"))),)),
        ("one<br/>two", (Paragraph((Text("one"), LineBreak(), Text("two"))),)),
        ("## Title", (Heading(2, (Text("Title"),)),)),
        (
            "**a** *b* ~~c~~ `d`",
            (
                Paragraph(
                    (
                        Strong((Text("a"),)),
                        Text(" "),
                        Emphasis((Text("b"),)),
                        Text(" "),
                        Strike((Text("c"),)),
                        Text(" "),
                        Code("d"),
                    )
                ),
            ),
        ),
        ("- a\n- b\n  1. c", (List(((words("a"),), (words("b"), List(((words("c"),),), ordered=True)))),)),
        ("3. a\n4. b", (List(((words("a"),), (words("b"),)), ordered=True, start=3),)),
        ("> a", (Quote((words("a"),)),)),
        ("```py x\na\n```", (Fence("a", "py"),)),
        ("~~~\na\n", (Fence("a"),)),
        ("a\n\n---\nb", (words("a"), Rule(), words("b"))),
        ("a\n---", (words("a"), Rule())),
        ("|a|b|\n|:-:|--:|\n|1||", (Table((((Text("a"),), (Text("b"),)), ((Text("1"),), ())), ("center", "right")),)),
        (f"[a]({MANUAL}) [1]", (Paragraph((Link((Text("a"),), MANUAL), Text(" "), Marker(1, MANUAL))),)),
        ("<b>&amp;</b>", (words("<b>&</b>"),)),
    ],
)
def test_markdown_becomes_a_small_tree(text, blocks):
    assert parse(text, links=[MANUAL], sources=SOURCES) == Document(blocks)


def test_the_tree_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        parse("a").blocks[0].children = ()


def test_a_list_is_a_list_in_slack_with_its_depth_and_numbers():
    elements = slack_blocks(parse("Steps:\n\n1. one\n   - deeper\n2. two\n   ```\n   code\n   ```\n3. three"))[0][0][
        "elements"
    ]
    shape = [(e["type"], e.get("style"), e.get("indent"), e.get("offset")) for e in elements]
    assert shape == [
        ("rich_text_section", None, None, None),
        ("rich_text_list", "ordered", 0, None),
        ("rich_text_list", "bullet", 1, None),
        ("rich_text_list", "ordered", 0, 1),
        ("rich_text_preformatted", None, None, None),
        ("rich_text_list", "ordered", 0, 2),
    ]


def test_styles_are_kept_in_slack():
    elements = slack_blocks(parse("# Big\n\nthis is **bold _both_** ~~gone~~ `code`"))[0][0]["elements"][0]["elements"]
    styles = {e["text"]: sorted(e.get("style", {})) for e in elements}
    assert styles["Big"] == ["bold"]
    assert styles["both"] == ["bold", "italic"]
    assert styles["gone"] == ["strike"]
    assert styles["code"] == ["code"]


def test_blocks_are_json():
    json.dumps(slack_blocks(parse("a **b** [1]\n\n- c", sources=SOURCES)))


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("**bold** *it* ~~no~~ **a *b* c**", "**bold** *it* ~~no~~ **a *b* c**"),
        (
            "2 * 3 = 6, a_b, _x_y, C:\\\\dir, a|b, ~5, 1 < 2 -> 3",
            "2 \\* 3 = 6, a_b, \\_x_y, C:\\\\dir, a|b, ~5, 1 < 2 -> 3",
        ),
        (
            "\\# no heading\n\\- no item\n1\\. no number\n\\> no quote",
            "\\# no heading\n\\- no item\n1\\. no number\n\\> no quote",
        ),
        ("||spoiler|| ~~ <t:1> <:a:1> </x:1>", "\\||spoiler\\|| \\~~ \\<t:1> \\<:a:1> \\</x:1>"),
        ("@everyone and @here", "`@everyone` and `@here`"),
        ("# A\n## B\n### C\n#### D", "## A\n### B\n### C\n### D"),
        ("- a\n  - b\n\n1. c\n2. d", "- a\n  - b\n1. c\n2. d"),
        ("> a\n> b", "> a\n> b"),
        ("| a | 中 |\n|---|--:|\n| long | 1 |", "```\na    | 中\n-----+---\nlong |  1\n```"),
        ("see discord.gg/abc", "see discord[.]gg/abc"),
    ],
)
def test_discord_gets_its_own_markdown(text, content):
    assert discord_messages(parse(text)) == [content]


def test_a_notification_is_plain_and_escaped():
    text = slack_text(parse("# Title\n\nA **bold** <!here> & `code` [1]\n\n- item\n\n```\na > b\n```", sources=SOURCES))
    assert text == "Title\nA bold &lt;!here&gt; &amp; code [1]\n• item\n```\na &gt; b\n```"


def test_a_web_page_gets_escaped_html():
    page = html(parse('# A\n\n<script>x</script> "q"\n\n- a\n- b\n\n[1]', sources=SOURCES))
    assert "<h3>A</h3>" in page
    assert "&lt;script&gt;x&lt;/script&gt; &quot;q&quot;" in page
    assert "<ul><li>a</li>\n<li>b</li></ul>" in page
    assert f'<a href="{MANUAL}" class="source" target="_blank" rel="noopener noreferrer nofollow">[1]</a>' in page


def test_a_terminal_wraps_words_and_wide_characters():
    lines = terminal(parse("- " + "some words that go on " * 5 + "\n\n中文" * 30), width=40, colour=False).split("\n")
    assert lines[0].startswith("• some")
    assert lines[1].startswith("  ")
    assert all(len(line) + sum(c > "\u2e7f" for c in line) <= 40 for line in lines)
    assert "\x1b[1mbold\x1b[0m" in terminal(parse("a **bold** word"))


def test_plain_text_reads_like_a_letter():
    text = plain(parse(f"# Hi\n\nRead [this]({MANUAL}).\n\n1. a\n2. b\n\n> c", links=[MANUAL]))
    assert text == f"Hi\n\nRead this ({MANUAL}).\n\n1. a\n2. b\n\n> c"
