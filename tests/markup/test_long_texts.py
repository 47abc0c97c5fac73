"""Long texts become several messages: nothing that could be read is lost, no limit exceeded, no fence left open."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.markup import (
    Document,
    Fence,
    discord_messages,
    html,
    parse,
    plain,
    settled,
    slack_blocks,
    slack_text,
    terminal,
)
from bot.markup.characters import boundary, size
from tests.markup.shown import MANUAL, SOURCES, complaints, letters, markup, slack_visible, unhurried

SENTENCE = "The quarterly report names every team that moved to the new building. "
CHINESE = "年假按入职年限计算，满一年者每年五天，满十年者每年十天。"
FAMILY = "👩\u200d👩\u200d👧\u200d👦"
CODE = """cd "$HOME" && \\
    make all \\
  | tee log 2>&1 >&2

\tSELECT * FROM $table;  -- `x` <!channel> *a* _b_
  [x](y) &amp; \\n\\\\"""
LONG = {
    "sentences": SENTENCE * 700,
    "chinese": CHINESE * 1_800,
    "one-word": "a" * 100_000,
    "han": "好" * 100_000,
    "emoji": FAMILY * 9_000,
    "flags": "🇩🇪🇨🇳" * 6_000,
    "accents": "e\u0301\u0323" * 30_000,
    "lines": "a line\n" * 4_000,
    "list": "- an item with **bold** words\n" * 1_600,
    "escapes": "*\\<_`[" * 4_000,
    "code": "```python\n" + "    print('hello', x[1])\n" * 4_000 + "```\n",
    "one-code-line": "```\n" + "x" * 100_000 + "\n```",
    "quote": "> " + SENTENCE * 700,
    "table": "| name | value |\n|---|--:|\n" + "| a row | 中文 |\n" * 6_000,
    "links": f"See [the manual]({MANUAL}) [1]. " * 800,
    "blocks": "Text.\n\n---\n\n" * 200,
    "headings": "## A heading\n\nText.\n\n" * 1_000,
}


def checked(doc: Document, blocks_limit: int = 9_000, discord_limit: int = 1_900) -> tuple[list, list[str]]:
    """Both platforms' messages, after every limit was checked."""
    blocks, contents = slack_blocks(doc, limit=blocks_limit), discord_messages(doc, limit=discord_limit)
    assert all(len(message) <= 45 for message in blocks)
    assert all(sum(map(size, slack_visible(message))) <= blocks_limit for message in blocks)
    assert all(0 < size(content) <= discord_limit for content in contents)
    for content in contents:
        assert len(re.findall("```", content)) % 2 == 0, content
    text = slack_text(doc)
    assert size(text) <= 3_000
    assert len(re.findall("```", text)) % 2 == 0
    return blocks, contents


@pytest.mark.parametrize("name", LONG)
def test_long_texts_keep_within_limits_and_lose_nothing(name):
    doc = parse(LONG[name], links=[MANUAL], sources=SOURCES)
    blocks, contents = checked(doc)
    assert letters("".join(slack_visible(blocks))) == letters(_bare(doc))
    assert letters(_rendered(contents)) == letters(_bare(doc))


@given(markup, st.integers(200, 600))
@settings(unhurried, max_examples=200)
def test_any_text_keeps_within_any_limit_and_loses_nothing(text, limit):
    doc = parse(text * 5, links=[MANUAL], sources=SOURCES)
    blocks, contents = checked(doc, limit, limit)
    assert letters("".join(slack_visible(blocks))) == letters(_bare(doc))
    assert _subsequence(letters(_bare(doc)), letters("".join(contents)))  # links and fences add words of their own
    assert not complaints(doc)


@pytest.mark.parametrize("name", ["emoji", "flags", "accents"])
def test_no_visible_character_is_cut_in_two(name):
    doc = parse(LONG[name])
    messages = [*("".join(slack_visible(m)) for m in slack_blocks(doc)), *discord_messages(doc)]
    first = next(iter(messages))
    assert {message[: 2 if name == "flags" else 1] for message in messages} <= {first[:2], first[:1], "🇩🇪", "🇨🇳"}
    whole = {"emoji": FAMILY, "flags": "🇩🇪", "accents": "ẹ\u0301"}[name]
    assert all(not set(message.replace(whole, "").replace("🇨🇳", "")) for message in messages)


def test_a_cut_comes_after_a_sentence():
    for sentence in (SENTENCE, CHINESE):
        for content in discord_messages(parse(sentence * 200)):
            assert content.endswith(sentence.strip())


def test_code_goes_on_in_the_next_message_in_a_fence_of_its_language():
    contents = discord_messages(parse(LONG["code"]))
    assert len(contents) > 40
    for content in contents:
        assert content.startswith("```python\n    print")
        assert content.endswith(")\n```")


def test_what_fits_into_one_message_is_not_cut():
    text = SENTENCE * 20 + "\n\n" + "```\n" + "x = 1\n" * 120 + "```\n\n- " + SENTENCE * 3
    contents = discord_messages(parse(text))
    assert [content.count("```") for content in contents] == [0, 2]
    assert contents[1].count("x = 1") == 120


def test_a_heading_stays_with_its_text():
    contents = discord_messages(parse(SENTENCE * 26 + "\n\n## Next\n\n" + SENTENCE * 3))
    assert contents[1].startswith("### Next\n")


def test_a_short_text_is_one_message():
    doc = parse("# Title\n\nHello *you*.\n\n- a\n- b\n\n> c\n\n---\n\n```\nd\n```\n\n| e |\n|---|\n| f |")
    assert len(slack_blocks(doc)) == len(discord_messages(doc)) == 1


def test_an_empty_text_is_no_message():
    for text in ("", " \n\n ", "\u200b", "![](https://exfil.example.net/i.png)"):
        assert slack_blocks(parse(text)) == discord_messages(parse(text)) == []
        assert slack_text(parse(text)) == plain(parse(text)) == terminal(parse(text)) == html(parse(text)) == ""


# -- code keeps its shape -------------------------------------------------------------------------


@pytest.mark.parametrize("info", ["", "sh", "c++", "python title=x"])
def test_code_keeps_its_shape(info):
    """Indentation, tabs, dollars, redirections and backslashes at line ends arrive as they were written."""
    doc = parse(f"Run this:\n\n```{info}\n{CODE}\n```\n\nDone.")
    pre = [
        e for block in slack_blocks(doc)[0] for e in block.get("elements", []) if e["type"] == "rich_text_preformatted"
    ]
    assert pre == [{"type": "rich_text_preformatted", "elements": [{"type": "text", "text": CODE}]}]
    assert f"```{info.split(' ')[0]}\n{CODE}\n```" in discord_messages(doc)[0]
    assert CODE in plain(doc)


@given(st.text(alphabet=st.sampled_from("ab \t$>&2\\|`~<!*_[]#-\n中"), max_size=200), st.integers(200, 400))
@unhurried
def test_any_code_keeps_its_shape_across_messages(code, limit):
    doc = Document((Fence(code * 4, "sh"),))
    parts = ["".join(slack_visible(message)) for message in slack_blocks(doc, limit=limit)]
    assert "".join(parts).replace("\n", "") == (code * 4).replace("\n", "") or not code
    assert all(size(part) <= limit for part in parts)
    for content in discord_messages(doc, limit=limit):
        assert content.startswith("```sh\n")
        assert content.endswith("\n```")
        assert content.count("```") == 2


def test_code_in_a_line_may_hold_backticks():
    doc = parse("Type ``SELECT `id` ``, not ``a`b``.")
    assert discord_messages(doc) == ["Type ``SELECT `id` ``, not `aˋb`."]
    assert list(slack_visible(slack_blocks(doc)))[1] == "SELECT `id` "


# -- the notification -----------------------------------------------------------------------------


def test_a_long_notification_ends_with_an_ellipsis_and_a_closed_fence():
    text = slack_text(parse("Look:\n\n```\n" + "a && b\n" * 600 + "```\n"))
    assert len(text) <= 3_000
    assert text.endswith("\n```…")
    assert not re.search(r"&(?!amp;|lt;|gt;)", text)


@given(markup, st.integers(20, 200))
@unhurried
def test_a_notification_cuts_no_escape_and_no_character(text, limit):
    said = slack_text(parse(text * 3), limit=limit)
    assert len(said) <= limit
    assert not re.search(r"&(?!amp;|lt;|gt;)", said)
    assert len(re.findall("```", said)) % 2 == 0


@given(st.text(max_size=60), st.integers(0, 60))
def test_a_boundary_is_never_behind_and_stays_in_the_text(text, at):
    assert 0 <= boundary(text, at) <= len(text)
    assert boundary(text, at) <= max(at, 0)
    assert boundary(text, at) > 0 or at == 0 or not text


# -- reading takes bounded work ---------------------------------------------------------------------

HOSTILE = [
    "[",
    "![",
    "[a](",
    "](",
    "*a ",
    "_a*",
    "**a",
    "~~a",
    "`",
    "<",
    "<a ",
    "&#x",
    "|",
    "> ",
    "- ",
    "1. ",
    "\\",
    "a.",
    "x@",
    "a:",
    "a://",
    ".",
    "www.",
    "@everyone",
    "\u200d",
    "\u0301",
    "🇩",
    "<br>",
    "[1]",
    "//",
    "```\n",
    "> a\n",
    "|a|b|\n|-|-|\n",
    " ",
    "\n",
    "a\n",
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_hostile_repetition_does_not_take_for_ever(piece):
    """Anything quadratic would take hours here, not the seconds that this file may take."""
    text = (piece * 40_000)[:40_000]
    settled(text)
    parse(text, links=[MANUAL], sources=SOURCES)
    doc = parse(text[:10_000], links=[MANUAL], sources=SOURCES)
    checked(doc)
    assert isinstance(html(doc) + plain(doc) + terminal(doc), str)


def _bare(doc: Document) -> str:
    """The text of a document without bullets and numbers."""
    from bot.markup.flow import flow

    return "\n".join(piece.text for piece in flow(doc))


def _rendered(contents: list[str]) -> str:
    """Discord's text as people see it: without link targets and the names of languages."""
    text = re.sub(r"\]\(<[^>]*>\)", "]", "\n".join(contents))
    return re.sub(r"```[a-z]+\n", "", text)


def _subsequence(wanted: str, text: str) -> bool:
    rest = iter(text)
    return all(c in rest for c in wanted)
