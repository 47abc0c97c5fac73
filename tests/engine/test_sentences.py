"""Growing text is cut where a sentence ends, and nowhere else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.sentences import Kind, Splitter, sentences


def said(text: str) -> list[str]:
    return [u.text.strip() for u in sentences(text) if u.kind is not Kind.SPACE]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("One is here [1]. Two is there. [2] Three", ["One is here [1].", "Two is there. [2]", "Three"]),
        (
            "It opens at 06:30, e.g. on Mondays. Version 1.2 is old.",
            ["It opens at 06:30, e.g. on Mondays.", "Version 1.2 is old."],
        ),
        ("年假须提前五天。[1]未休的可以顺延！真的？", ["年假须提前五天。[1]", "未休的可以顺延！", "真的？"]),
        ("1. Open it [1].\n2. Close it [2].", ["1. Open it [1].", "2. Close it [2]."]),
        ("Dr. Who lives here. J. Doe does not.", ["Dr. Who lives here.", "J. Doe does not."]),
        ("He said “stop.” Then he left.", ["He said “stop.”", "Then he left."]),
    ],
)
def test_a_sentence_ends_at_its_stop_and_takes_its_marker_along(text, parts):
    assert said(text) == parts


def test_a_fence_is_one_unit_whatever_stands_in_it():
    text = "Run this:\n\n```sh\necho a. b. c\n\nexit 1\n```\nDone."
    kinds = [(u.kind, u.text) for u in sentences(text) if u.kind is not Kind.SPACE]
    assert kinds == [
        (Kind.SENTENCE, "Run this:"),
        (Kind.FENCE, "```sh\necho a. b. c\n\nexit 1\n```\n"),
        (Kind.SENTENCE, "Done."),
    ]


def test_a_sentence_is_given_back_only_when_its_marker_can_no_longer_follow():
    splitter = Splitter()
    assert list(splitter.feed("It is open.")) == []
    assert list(splitter.feed(" [")) == []
    assert [u.text for u in splitter.feed("1] Next")] == ["It is open. [1] "]


_TEXT = st.text(alphabet="ab .!?。！[]12`~\n-#e.g:", max_size=80)


@given(_TEXT, st.lists(st.integers(1, 9), min_size=1, max_size=20))
def test_units_are_the_text_however_it_comes_in(text, sizes):
    splitter, out, at = Splitter(), [], 0
    while at < len(text):
        size = sizes[at % len(sizes)]
        out += splitter.feed(text[at : at + size])
        at += size
    out += splitter.flush()
    assert "".join(u.text for u in out) == text
    assert [u for u in out if u.kind is not Kind.SPACE] == [u for u in sentences(text) if u.kind is not Kind.SPACE]
