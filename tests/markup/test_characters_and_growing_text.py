"""Characters that cannot be seen are taken out, and a text still being written is shown without its loose end."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.markup import clean, parse, plain, settled
from tests.markup.shown import ATTACKS, MANUAL, SOURCES, complaints, markup, unhurried

UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e0fff]"
)


@given(
    st.text(
        alphabet=st.one_of(st.characters(), st.sampled_from("\u200c\u200d\ufe0f\u0301\u200b👩🏽न्क्ष\u0645\u06cc")),
        max_size=80,
    )
)
@settings(unhurried, max_examples=300)
@example("\u200c\u200c")
@example("a\u200d\u200db")
@example("\u0645\u200c\u200c\u200d\u06cc")
def test_cleaning_twice_changes_nothing_and_leaves_nothing_unseen(text):
    once = clean(text)
    assert clean(once) == once
    assert unicodedata.is_normalized("NFC", once)
    assert not UNSEEN.search(once)
    once.encode()


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("a\u200bb\u2060c\ufeffd\u00ade", "abcde"),
        ("\u202eabc\u202c \u2066x\u2069", "abc x"),
        ("x\U000e0041\U000e0042", "x"),
        ("\x1b[31mred\x07\x9b", "[31mred"),
        ("a\r\nb\rc\u2028d\u0085e", "a\nb\nc\nd\ne"),
        ("tab\tstays", "tab\tstays"),
        ("e\u0301", "é"),
        ("e\u200b\u0301", "é"),
        ("\ud800x", "x"),
        ("a\ufe0fb👍\ufe0f\ufe0f\ufe0f1\ufe0f\u20e3", "ab👍\ufe0f1\ufe0f\u20e3"),
        ("@\u200beveryone", "@everyone"),
    ],
)
def test_what_cannot_be_seen_is_taken_out(written, kept):
    assert clean(written) == kept


@pytest.mark.parametrize(
    "text",
    ["👩\u200d👩\u200d👧", "❤\ufe0f\u200d🔥", "👩🏽\u200d💻", "می\u200cخواهم", "क्\u200dष", "ශ්\u200dරී", "中文，日本語"],
)
def test_joiners_stay_where_a_script_or_an_emoji_needs_them(text):
    assert clean(text) == unicodedata.normalize("NFC", text)


# -- a growing text -----------------------------------------------------------------------------


@given(markup)
@settings(unhurried, max_examples=300)
@example("a```sh\n```b`")
def test_settling_twice_changes_nothing_and_adds_at_most_a_fence(text):
    once = settled(text)
    assert settled(once) == once
    added = re.sub(r"\n?[ \t]*(?:`{3,}|~{3,})\Z", "", once)
    assert text.startswith((once, added))
    assert not complaints(parse(once, links=[MANUAL], sources=SOURCES))


@pytest.mark.parametrize(
    ("so_far", "shown"),
    [
        ("The lift is [here](https://exf", "The lift is"),
        ("The lift is ![x](https://exfil.exam", "The lift is"),
        ("The lift is [here]", "The lift is"),
        ("The lift is here [1", "The lift is here"),
        ("The lift is here [1]", "The lift is here [1]"),
        ("The lift is here.[1]", "The lift is here.[1]"),
        ("The lift is here [1].", "The lift is here [1]."),
        ("See <!chan", "See"),
        ("See <https://exf", "See"),
        ("See https://exfil.exam", "See"),
        ("See exfil.exam", "See"),
        ("See `co", "See"),
        ("See `code` a", "See `code` a"),
        ("One.\n\n- ", "One.\n"),
        ("One.\n\n``", "One.\n"),
        ("One.\n\n2.", "One.\n"),
        ("One.\n\n```sh\nls\n", "One.\n\n```sh\nls\n```"),
        ("One.\n\n```sh\nls\n``", "One.\n\n```sh\nls\n```"),
        ("1. One\n   ```\n   ls", "1. One\n   ```\n   ls\n   ```"),
        ("One.\n\n```\nls\n```", "One.\n\n```\nls\n```"),
        ("A sentence. Another one", "A sentence. Another one"),
        ("它在大厅。请看", "它在大厅。请看"),
        ("2 < 3 and", "2 < 3 and"),
        ("", ""),
    ],
)
def test_a_loose_end_is_held_back(so_far, shown):
    assert settled(so_far) == shown


def test_a_bracket_that_never_closes_does_not_hold_back_the_rest():
    text = "An array starts with [ and then " + "there are many words " * 30
    assert settled(text).endswith("words ")


@pytest.mark.parametrize("name", ATTACKS)
def test_no_state_of_a_growing_attack_shows_a_part_of_it(name):
    """What the last state may not show, no state on the way shows: an address is held back until it is whole."""
    text = "The desk is open. " + ATTACKS[name] + " Come in."
    for end in range(len(text) + 1):
        said = plain(parse(settled(text[:end])))
        assert "exfil.e" not in said
        assert "://" not in said


def test_a_finished_text_is_shown_whole():
    text = f"# Title\n\nRead [the manual]({MANUAL}) [1], `code`, **bold**.\n\n- one\n\n```\nx\n```\n\nThat is all.[2]"
    assert settled(text) == text
