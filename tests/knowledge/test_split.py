"""Cutting text into passages and sentences."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.knowledge.split import BUDGET, passages, sentences, weight

FENCE = "```sh\nsystemctl stop a.service\nif [ $? -ne 0 ]; then\n    exit 1\n\nfi\n# no heading\n```\n"
PARTS = "VPN|is|valid|e.g.|3.5|days|Mr.|Smith|年假|申请。|end.|what?|- item|`x`|，|！|A sentence. |这里有一个句子。"
BREAKS = ("\n", " ", "\n\n", "  ", "| a | b |", "# title\n", FENCE, "\n" + FENCE, "a" * 900, "字" * 300)
WORDS = st.sampled_from((*PARTS.split("|"), *BREAKS))
PIECES = st.lists(WORDS, max_size=120)
TEXT = st.one_of(st.text(max_size=400), PIECES.map(" ".join), PIECES.map("".join))
PARAGRAPHS = st.lists(
    st.sampled_from(
        ["One short line.\n\n", "Words that go on and on. " * 20 + "\n\n", FENCE, FENCE * 3, "长句子。" * 90 + "\n"]
    ),
    max_size=12,
)


@given(TEXT)
@settings(max_examples=100, deadline=None)
def test_passages_joined_are_the_text_character_for_character(text: str) -> None:
    assert "".join(passages(text)) == text


@given(TEXT)
@settings(max_examples=100, deadline=None)
def test_sentences_joined_are_the_text_character_for_character(text: str) -> None:
    assert "".join(sentences(text)) == text


@given(PARAGRAPHS.map("".join))
@settings(max_examples=100, deadline=None)
def test_a_fence_is_never_cut(text: str) -> None:
    assert all(piece.count("```") % 2 == 0 for piece in passages(text))


def test_english_is_cut_at_about_800_characters_on_paragraphs() -> None:
    paragraph = "The barrier opens at half past six and closes at nine in the evening. " * 4 + "\n\n"
    pieces = passages(paragraph * 20)

    assert all(piece.endswith("\n\n") and 500 <= len(piece) <= 850 for piece in pieces)


def test_chinese_is_cut_at_about_250_characters() -> None:
    pieces = passages(("员工每年享有十五天年假，未休的年假可以顺延到次年三月。" * 4 + "\n\n") * 12)

    assert all(100 <= len(piece.strip()) <= 260 for piece in pieces)


def test_a_long_paragraph_is_cut_between_sentences() -> None:
    sentence = "Travel booked by the office needs no receipt, whatever the price of it was. "
    for piece in passages(sentence * 60):
        assert piece.startswith("Travel") and piece.endswith("was. ")
        assert len(piece) <= BUDGET


def test_what_introduces_a_fence_stays_with_it() -> None:
    code = "```\n" + "run --now\n" * 90 + "```\n"
    pieces = passages("An opening paragraph that is here for its length. " * 12 + "\n\nStart it like this:\n\n" + code)

    assert pieces[-1].startswith("Start it like this:") and pieces[-1].endswith(code)


def test_a_list_is_cut_between_its_items() -> None:
    pieces = passages("".join(f"- item {n} of the list, which says something or other\n" for n in range(60)))

    assert len(pieces) > 2 and all(piece.startswith("- item") for piece in pieces)


def test_short_paragraphs_are_put_together() -> None:
    assert len(passages("One line.\n\nAnother line.\n\nA third one.\n")) == 1


def test_text_without_any_sentence_is_cut_all_the_same() -> None:
    pieces = passages("x" * 100_000)

    assert max(map(len, pieces)) <= 5_000


SMITH = ["Mr. Smith pays 3.5 crowns, e.g. for tea. ", "Then he goes."]


@pytest.mark.parametrize(("text", "expected"), [
    ("It is open. Come in!  Why not?", ["It is open. ", "Come in!  ", "Why not?"]),
    ("".join(SMITH), SMITH),
    ("年假须提前提交。未休的可以顺延！好吗？", ["年假须提前提交。", "未休的可以顺延！", "好吗？"]),
    ("他说：“可以。”然后走了。", ["他说：“可以。”", "然后走了。"]),
    ("See v1.2.3 at example.com for more. Done.", ["See v1.2.3 at example.com for more. ", "Done."]),
    ("- one\n- two\n", ["- one\n", "- two\n"]),
    ("", []),
])  # fmt: skip
def test_sentences_end_where_a_reader_ends_them(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


def test_a_chinese_character_weighs_as_much_as_three_others() -> None:
    assert weight("abc") == 3
    assert weight("年假") == pytest.approx(6.4)


def test_a_megabyte_is_cut_in_linear_time() -> None:
    """Twice the text is about twice the pieces; a quadratic splitter would not end here."""
    assert len(passages("A sentence of some length is written here. " * 50_000)) > 2_000
    assert len(passages("```\nnever closed\n" + "line\n" * 200_000)) >= 20
