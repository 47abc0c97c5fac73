"""Questions with their answers, typed by an admin: each is a document of one passage."""

from __future__ import annotations

import hashlib

from engine.errors import LoadFailed
from engine.knowledge.load import Page
from engine.knowledge.markdown import Section
from engine.knowledge.values import Entry

_LONGEST_QUESTION, _LONGEST_ANSWER, _MOST_VARIANTS = 1_000, 20_000, 50


def source_of(entry: Entry) -> str:
    """What the entry is called: the same for the same question, and nothing of the question can be read from it."""
    question = " ".join(entry.question.split()).casefold()
    return f"faq:{hashlib.sha256(question.encode()).hexdigest()[:12]}"


def page_of(entry: Entry) -> Page:
    """The entry as a page; raises ``LoadFailed`` when something is missing or too long."""
    question, answer = " ".join(entry.question.split()), entry.answer.strip()
    if not question or not answer:
        raise LoadFailed("an entry needs a question and an answer")
    if len(question) > _LONGEST_QUESTION or len(answer) > _LONGEST_ANSWER:
        raise LoadFailed(f"a question has {_LONGEST_QUESTION} characters at most, an answer {_LONGEST_ANSWER}: "
                         "load longer texts as a document")  # fmt: skip
    variants = tuple(dict.fromkeys(text for one in entry.variants if (text := " ".join(one.split()))))
    if len(variants) > _MOST_VARIANTS or any(len(one) > _LONGEST_QUESTION for one in variants):
        raise LoadFailed(f"an entry has {_MOST_VARIANTS} variants at most, of {_LONGEST_QUESTION} characters each")
    return Page(question, "", (Section(question, f"{question}\n{answer}", entry=True, variants=variants),))
