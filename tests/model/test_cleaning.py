"""What is taken out of a model's text, however it is cut into pieces."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import ModelUnavailable
from engine.model.cleaning import LONGEST_PERIOD, Repetition, Thinking, said_once, without_controls

PARTS = ["<think>", "</think>", "<", "</", "th", "<think", ">", "a", " ", "\n", "答", "</thin"]
WORDS = st.lists(st.sampled_from(PARTS), max_size=14).map("".join)


def cut(text: str, places: list[int]) -> list[str]:
    ends = sorted({place % (len(text) + 1) for place in places} | {len(text)})
    return [text[a:b] for a, b in zip([0, *ends], ends, strict=False)]


def shown(pieces: list[str]) -> str | None:
    thinking = Thinking()
    try:
        return "".join([thinking.feed(piece) for piece in pieces]) + thinking.end()
    except ModelUnavailable:
        return None


def expected(text: str) -> str | None:
    """The same on the whole text, by a regular expression."""
    visible = re.sub(r"<think>.*?(</think>|\Z)", "\0", text, flags=re.DOTALL)
    return None if "</think>" in visible else visible.replace("\0", "").lstrip()


@given(WORDS, st.lists(st.integers(0, 200), max_size=12))
def test_any_cut_gives_the_same_text(text, places):
    assert shown(cut(text, places)) == shown(list(text)) == expected(text)


def test_text_is_held_back_only_while_it_may_be_a_tag():
    thinking = Thinking()
    assert thinking.feed("90 days") == "90 days"
    assert thinking.feed(" <") == " "
    assert thinking.feed("b>") == "<b>"


@pytest.mark.parametrize(
    "period", ["ha", "no, ", "the same sentence again. ", "证书有效期", "x" * LONGEST_PERIOD, "1\n"]
)
def test_endless_repetition_is_noticed_whatever_the_pieces(period):
    for size in (1, 7, 50):
        text = "It is valid for 90 days. " + period * 700
        repetition = Repetition()
        assert any(repetition.feed(text[n : n + size]) for n in range(0, 1500, size))


@pytest.mark.parametrize(
    "period", ["ha", "no, ", "the same sentence again. ", "证书有效期", "x" * LONGEST_PERIOD, "1\n"]
)
@pytest.mark.parametrize("more", ["", "t"])
def test_what_was_repeated_without_end_stays_once(period, more):
    begins = "It is valid for 90 days. "
    text = begins + period * 700 + (period[:1] if more else "")
    kept = said_once(text)
    assert text.startswith(kept)
    assert len(begins) < len(kept) <= len(begins) + 2 * len(period)


@given(st.integers(), st.integers(1))
def test_what_is_no_repetition_stays_as_it_is(first, step):
    text = "\n".join(f"- item {n}" for n in range(first, first + 300 * step, step))
    assert said_once(text) == text
    assert said_once("ha ha ha") == "ha ha ha"


@given(st.integers(), st.integers(1))
def test_a_long_list_is_no_repetition(first, step):
    numbers = range(first, first + 300 * step, step)
    repetition = Repetition()
    assert not any(repetition.feed(f"- item {n}\n") for n in numbers)


@given(st.text(max_size=50))
def test_line_breaks_and_tabs_stay(text):
    cleaned = without_controls(text + "\n\t")
    assert cleaned.endswith("\n\t")
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", cleaned)
    assert without_controls(cleaned) == cleaned
