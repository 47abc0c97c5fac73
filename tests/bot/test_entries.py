"""Entries as people type them."""

import calendar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.entries import Mistyped, Typed, read_entry
from bot.phrases import say

NOW = calendar.timegm((2026, 11, 22, 12, 0, 0))
LAST_OF_2026 = float(calendar.timegm((2027, 1, 1, 0, 0, 0)))


def test_an_entry_is_read_from_its_lines():
    assert read_entry(
        "Q: How do I get a parking permit?\nAlso: Where may I park?\nAlso: parking | a place for my car\n"
        "A: Ask at the gate.\n\n1. Bring your badge.\n2. Sign.\nOwner: Facilities\nExpires: 2026-12-31",
        now=NOW,
    ) == Typed(
        "How do I get a parking permit?",
        "Ask at the gate.\n\n1. Bring your badge.\n2. Sign.",
        ("Where may I park?", "parking", "a place for my car"),
        "Facilities",
        LAST_OF_2026,
    )


def test_an_entry_is_read_in_chinese():
    lines = (
        "问：怎样申请停车证？",
        "也问：在哪里停车？",
        "答：在门卫处申请。",
        "负责人：后勤部",
        "到期：2026年12月31日",
    )
    assert read_entry("\n".join(lines), now=NOW) == Typed(
        "怎样申请停车证？", "在门卫处申请。", ("在哪里停车？",), "后勤部", LAST_OF_2026
    )  # fmt: skip


@pytest.mark.parametrize("text", [
    "Q: Where may I park? Also: parking A: At the gate. Expires: 2026-12-31",
    "**Question:** Where may I park?\nVARIANTS: parking\nanswer: At the gate.\n- nothing\nExpiry: 2026/12/31",
    "问：Where may I park?\n也问: parking\n答: At the gate.\n到期: 2026.12.31",
])  # fmt: skip
def test_labels_may_be_written_in_many_ways(text):
    entry = read_entry(text, now=NOW)
    assert (entry.question, entry.variants, entry.expires) == ("Where may I park?", ("parking",), LAST_OF_2026)
    assert entry.answer.startswith("At the gate.")


@pytest.mark.parametrize(("text", "why"), [
    ("", "entry_no_question"),
    ("Where may I park?", "entry_no_question"),
    ("Q: Where may I park?", "entry_no_answer"),
    ("A: At the gate.", "entry_no_question"),
    ("Q: a\nA: b\nExpires: soon", "entry_bad_date"),
    ("Q: a\nA: b\nExpires: 2026-02-30", "entry_bad_date"),
    ("Q: a\nA: b\nExpires: 9999-12-31", "entry_bad_date"),
    ("Q: a\nA: b\nExpires: 2026-11-21", "entry_past"),
    ("Q: a\nA: b\nAudience: managers", "entry_bad_audience"),
    ("Q: a A: b Audience: room:", "entry_bad_audience"),
])  # fmt: skip
def test_what_is_missing_or_wrong_is_named(text, why):
    with pytest.raises(Mistyped) as e:
        read_entry(text, now=NOW)
    assert e.value.phrase == why


@pytest.mark.parametrize(("line", "grant"), [
    ("Audience: public", "public"), ("Audience: Workspace", "workspace"), ("受众：room:C1", "room:C1"),
    ("Owner: Ann", ""),
])  # fmt: skip
def test_an_audience_that_is_written_counts(line, grant):
    entry = read_entry(f"Q: a\nA: b\n{line}", now=NOW)
    assert (entry.answer, entry.grant) == ("b", grant)


def test_an_entry_is_right_until_the_end_of_its_last_day():
    assert read_entry("Q: a\nA: b\nExpires: 2026-11-22", now=NOW).expires == NOW + 12 * 3600


@given(st.text())
def test_whatever_is_typed_is_read_or_refused(text):
    try:
        entry = read_entry(text)
    except Mistyped:
        return
    assert entry.question.strip()
    assert entry.answer.strip()


@pytest.mark.parametrize("language", ["en", "zh", "zh-TW"])
def test_what_people_are_shown_as_an_example_can_be_typed(language):
    example = say("entry_how", language).partition("kb entry\n")[2].removesuffix("```")
    for text in (example, " ".join(example.split("\n"))):
        entry = read_entry(text, now=NOW)

        assert all((entry.question, entry.answer, entry.owner))
        assert len(entry.variants) == 1
        assert entry.expires == calendar.timegm((2028, 1, 1, 0, 0, 0))
