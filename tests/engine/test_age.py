"""The age of a source is said in the reader's words, and only where it matters."""

import pytest

from engine.age import age, day, in_brackets

NOW = 1_800_000_000.0
DAY = 86400.0


@pytest.mark.parametrize(
    ("days", "english", "chinese"),
    [
        (10, "", ""),
        (179, "", ""),
        (200, "6 months old", "6 个月前"),
        (400, "13 months old", "13 个月前"),
        (731, "2 years old", "2 年前"),
        (3000, "8 years old", "8 年前"),
        (-30, "", ""),  # a clock that goes wrong, or a page that announces something
    ],
)
def test_what_is_older_than_half_a_year_is_said(days, english, chinese):
    assert age(NOW - days * DAY, "en", now=NOW) == english
    assert age(NOW - days * DAY, "zh", now=NOW) == chinese


def test_an_unknown_age_is_no_age():
    assert age(0.0, "en", now=NOW) == ""
    assert in_brackets(0.0, "zh", now=NOW) == ""
    assert day(0.0, "en") == ""


def test_behind_a_title_it_stands_in_brackets():
    assert in_brackets(NOW - 800 * DAY, "en", now=NOW) == " (2 years old)"
    assert in_brackets(NOW - 800 * DAY, "zh", now=NOW) == "（2 年前）"


def test_a_date_is_written_as_each_language_writes_it():
    assert day(1_714_694_400.0, "en") == "3 May 2024"
    assert day(1_714_694_400.0, "zh") == "2024年5月3日"
