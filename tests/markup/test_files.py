"""A document as a Markdown file: what is read from it again is the same document, and no link comes to life."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.markup import Code, Document, Fence, Link, Paragraph, Text, html, markdown, parse, plain
from bot.sheets import Sheet
from tests.markup.shown import MANUAL, unhurried

LINE = st.text(st.sampled_from('ab 12.-+*_#>`[]()!|~\\<&=:"中。'), max_size=30)
TEXTS = st.lists(LINE, max_size=8).map("\n".join)


def said(document: Document) -> str:
    """All its characters but blanks, and those that emphasis is written with."""
    return re.sub(r"[\s*_~]", "", plain(document)).replace("[.]", ".")  # an address is written so that it is none


@unhurried
@given(TEXTS)
def test_a_file_that_is_read_again_says_the_same(text: str) -> None:
    """Whatever it was; only how emphasis stands side by side cannot always be written."""
    document = parse(text)
    assert said(parse(markdown(document))) == said(document)


@unhurried
@given(TEXTS)
def test_a_sheet_in_a_fence_is_one_block_of_code_with_all_of_it(text: str) -> None:
    [block] = parse(Sheet("a.md", text, "markdown").fenced).blocks
    assert isinstance(block, Fence)
    assert block.code == "\n".join(text.splitlines()) or block.code.split() == text.split()


def test_headings_lists_tables_and_fences_stay_what_they_are() -> None:
    text = "# One\n\nA **b** *c* ~~d~~ `e``f` and\nmore.\n\n- x\n\n  y\n- z\n\n3. three\n4. four\n\n> said\n\n"
    text += "| a | b |\n| --- | ---: |\n| 1 | 2 |\n\n````python\nprint('```')\n````\n\n***"
    document = parse(text)
    assert parse(markdown(document)) == document


def test_only_a_link_of_ours_stays_one() -> None:
    document = parse(
        f"[here]({MANUAL}) and [there](https://evil.example/?d=1) and https://evil.example", links=[MANUAL]
    )
    written = markdown(document)
    assert f"[here](<{MANUAL}>)" in written
    assert "evil.example" not in written
    assert markdown(Document((Paragraph((Link((Text("x"),), "javascript:alert(1)"),)),))) == "x"
    assert "evil.example" not in html(parse(written, links=[MANUAL]))


@pytest.mark.parametrize("text", ["See {}.", "# {}", "- **{}**", "> *{}*", "| a | b |\n| --- | --- |\n| {} | ~~x~~ |"])
@pytest.mark.parametrize("address", ["www.evil.com", "mallory@evil.com", "evil.com/a?b=c", "https://evil.com/x"])
def test_no_bare_address_stays_one_that_viewers_make_links_of(text: str, address: str) -> None:
    assert "evil.com" not in markdown(parse(text.format(address)))
    assert "evil[.]com" in plain(parse(markdown(parse(text.format(address)))))


def test_what_may_stand_bare_does_and_files_and_labels_of_our_own_links() -> None:
    written = markdown(parse("Write to press@acme.com or www.evil.com, see plan.pdf."), ["press@acme.com"])
    assert written == "Write to press@acme.com or www\\[.\\]evil\\[.\\]com, see plan.pdf."
    document = parse("[docs.acme.com](https://docs.acme.com/a) [www.evil.com](https://docs.acme.com/a)",
                     links=["https://docs.acme.com/a"])  # fmt: skip
    assert "[docs.acme.com](<https://docs.acme.com/a>)" in markdown(document)
    assert "evil.com" not in markdown(document)


def test_code_with_ticks_is_fenced_by_more_of_them() -> None:
    assert markdown(Document((Paragraph((Code("a`b"),)),))) == "``a`b``"
