"""The demo's documents: the questions with known answers really have their answers in them."""

import csv
import json
from pathlib import Path

import pytest

from bot import samples

CASES = [
    json.loads(line) for line in (Path(__file__).parent / "data" / "demo_cases.jsonl").read_text("utf-8").splitlines()
]
PAGES = sorted(p for p in samples.FOLDER.rglob("*") if p.suffix in {".md", ".html", ".txt", ".csv"})


def squeezed(text: str) -> str:
    """The text on one line, without what Markdown and HTML put between the words."""
    for mark in ("**", "<td>", "</td>", "&gt;"):
        text = text.replace(mark, ">" if mark == "&gt;" else "")
    return " ".join(text.split()).casefold()


def test_about_thirty_pages_lie_in_two_folders_and_four_formats():
    assert 28 <= len(PAGES) <= 36
    assert {p.parent.name for p in PAGES} == {"en", "zh"}
    assert {p.suffix for p in PAGES} == {".md", ".html", ".txt", ".csv"}


def test_some_topics_are_in_both_languages_and_some_in_one_only():
    en, zh = ({p.stem for p in PAGES if p.parent.name == language} for language in ("en", "zh"))
    assert len(en & zh) >= 8
    assert len(en - zh) >= 4
    assert len(zh - en) >= 4


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_faq_table_has_a_question_and_an_answer_in_every_row(language):
    with (samples.FOLDER / language / "faq.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, strict=True))

    assert len(rows) >= 15
    assert {tuple(row) for row in rows} == {("question", "answer")}
    assert all(row["question"].strip() and row["answer"].strip() for row in rows)


@pytest.mark.parametrize("page", [p for p in PAGES if p.suffix == ".md"], ids=lambda p: f"{p.parent.name}/{p.name}")
def test_a_page_has_one_title_some_headings_and_closed_fences(page):
    lines = page.read_text("utf-8").splitlines()

    assert lines[0].startswith("# ")
    assert sum(line.startswith("## ") for line in lines) >= 3
    assert sum(line.strip().startswith("```") for line in lines) % 2 == 0


def test_there_are_four_example_questions_in_each_language():
    chinese = [q for q in samples.EXAMPLES if any("一" <= c <= "鿿" for c in q)]

    assert len(samples.EXAMPLES) == 8
    assert len(chinese) == 4


def test_the_known_questions_are_enough_and_half_of_them_are_chinese():
    assert len(CASES) >= 40
    assert len({c["id"] for c in CASES}) == len(CASES)
    assert 0.45 <= sum(c["language"] == "zh" for c in CASES) / len(CASES) <= 0.55
    assert sum(bool(c.get("unanswerable")) for c in CASES) >= 8
    assert sum("history" in c for c in CASES) >= 4


@pytest.mark.parametrize("case", CASES, ids=lambda c: c["id"])
def test_a_known_answer_stands_in_its_documents_and_its_question_does_not(case):
    if case.get("unanswerable"):
        assert not {"documents", "answer"} & set(case)
        return
    texts = [squeezed((samples.FOLDER / name).read_text("utf-8")) for name in case["documents"]]
    answers = [squeezed(a) for a in case["answer"]]
    for name, text in zip(case["documents"], texts, strict=True):
        assert any(a in text for a in answers), f"{name} says none of {answers}"
        assert squeezed(case["question"]) not in text
