"""Contradictions are found, and what only looks like one is left alone: a false alarm costs more than a miss."""

import dataclasses

import pytest

from engine.doubt import doubt
from engine.knowledge.disagreement import disagreements
from engine.types import Passage
from tests.knowledge.contradictions import SEEN, UNSEEN, Pair, Side

THEN, NOW = 1_500_000_000.0, 1_700_000_000.0


def passage(number: int, side: Side, language: str = "en", *, dated: float = 0.0, source: str = "") -> Passage:
    title, heading, text = side
    path = " > ".join(filter(None, (title, heading)))
    return Passage(
        f"d{number}.1.0",
        f"d{number}",
        source or f"{title}.md",
        title,
        path,
        "",
        text,
        language,
        "workspace",
        0.9,
        dated,
    )


def found(pair: Pair) -> bool:
    return bool(disagreements([passage(1, pair.first, pair.language), passage(2, pair.second, pair.language)]))


@pytest.mark.parametrize("pair", [p for p in SEEN + UNSEEN if not p.contradicts], ids=lambda p: p.first[2][:40])
def test_what_only_looks_like_a_contradiction_is_left_alone(pair):
    assert not found(pair)


@pytest.mark.parametrize(("language", "least"), [("en", 0.65), ("zh", 0.85)])
def test_most_contradictions_are_found(language, least):
    """Of 40 pairs in English and 26 in Chinese."""
    true = [p for p in SEEN + UNSEEN if p.contradicts and p.language == language]
    assert sum(map(found, true)) / len(true) >= least


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("It takes 2 weeks to ship the blue lamp.", "It takes 14 days to ship the blue lamp."),
        ("The blue lamp weighs 1.5 kg in total.", "The blue lamp weighs 1500 g in total."),
        ("The fair opens its doors at 9 pm.", "The fair opens its doors at 21:00."),
        ("The trial period of the blue plan is one year.", "The trial period of the blue plan is 12 months."),
        ("The fair begins on 3 May 2026.", "The fair begins on 2026-05-03."),
        ("年假申请须提前两周提交。", "年假申请须提前14天提交。"),
        ("食堂下午两点关门休息。", "食堂14:00关门休息。"),
    ],
)
def test_the_same_in_another_unit_is_no_contradiction(one, other):
    assert not disagreements([passage(1, ("T", "", one)), passage(2, ("T", "", other))])


def test_a_document_is_not_held_against_itself():
    one = passage(1, ("Limits", "", "The maximum size of an upload is 10 MB."))
    other = Passage("d1.1.1", *[getattr(one, f) for f in ("document", "source", "title", "heading", "url")],
                    "The maximum size of an upload is 20 MB.", "en", "workspace")  # fmt: skip
    assert not disagreements([one, other])


def test_versions_of_the_same_manual_may_differ():
    sides = [("Limits", "", f"The maximum size of an upload is {n} MB.") for n in (10, 20)]
    old, new = (passage(n, s, source=f"docs/v{n}.0/limits.md") for n, s in enumerate(sides, 1))
    assert not disagreements([old, new])


def test_what_many_pages_fill_in_with_values_of_their_own_is_a_template():
    pages = [passage(n, ("Plugin", "", f"The default priority of the plugin is {n * 100}.")) for n in range(1, 5)]
    assert len(disagreements(pages[:2])) == 1
    assert disagreements(pages) == []


CERTIFICATES = [
    passage(1, ("VPN certificates", "", "VPN certificates are valid for 90 days."), dated=THEN),
    passage(2, ("VPN certificates", "", "VPN certificates are valid for **60 days**."), dated=NOW),
    passage(3, ("Printers", "", "The printers use 62 mm rolls.")),
]


def test_an_answer_that_is_contradicted_shows_both_sides_with_their_dates_newest_first():
    met = doubt(CERTIFICATES, {1}, "They are valid for 90 days [1].", "en")
    assert met.text.splitlines()[2:] == [
        "⚠️ The documents disagree on this:",
        "",
        "- VPN certificates (14 November 2023): “VPN certificates are valid for 60 days.” [2]",
        "- VPN certificates (14 July 2017): “VPN certificates are valid for 90 days.” [1]",
    ]
    assert set(met.numbers) == {1, 2}


def test_the_same_passage_with_another_score_is_the_same_passage():
    again = [dataclasses.replace(p, score=0.1) for p in CERTIFICATES]
    first, second = (doubt(given, {1}, "They are valid for 90 days [1].", "en") for given in (CERTIFICATES, again))
    assert first.text == second.text
    assert first.numbers == second.numbers


def test_it_is_said_in_the_language_of_the_answer():
    met = doubt(CERTIFICATES, {1}, "有效期为90天 [1]。", "zh")
    assert "文档的说法不一致" in met.text
    assert "2023年11月14日" in met.text


@pytest.mark.parametrize(
    ("used", "answer"),
    [
        ({3}, "They use 62 mm rolls [3]."),  # another subject
        ({1}, "They are renewed in the portal [1]."),  # the same source, and nothing that is contradicted
    ],
)
def test_an_answer_about_something_else_is_left_as_it_is(used, answer):
    assert doubt(CERTIFICATES, used, answer, "en") is None


def test_words_of_a_document_bring_no_markup_along():
    bad = [
        passage(1, ("VPN [9](x)", "", "VPN certificates are valid for 90 days <!channel> [7].")),
        passage(2, ("VPN [9](x)", "", "VPN certificates are valid for 60 days <!channel> [7].")),
    ]
    met = doubt(bad, {1}, "For 90 days [1].", "en")
    assert not met or not set("<>[]") & set(met.text.replace("[1]", "").replace("[2]", ""))
