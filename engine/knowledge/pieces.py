"""A page to the pieces that are kept and searched, each with the texts that are embedded for it."""

from __future__ import annotations

from dataclasses import dataclass

from engine.knowledge.load import Page
from engine.knowledge.split import passages, sentences, weight
from engine.language import language_of

_SENTENCES = 24  # of one passage: more would be a table or a list
_SHORT = 12.0  # weight: shorter ones ("Yes.", "Note:") say nothing alone


@dataclass(frozen=True, slots=True)
class Draft:
    """A passage before it has vectors: ``meant`` is its text with its headings, ``sentences`` are embedded alone."""

    text: str
    heading: str
    url: str
    language: str
    meant: str
    sentences: tuple[str, ...]  # and the variants
    variants: tuple[str, ...] = ()


def drafts(page: Page) -> list[Draft]:
    """The passages of a page, in order."""
    language = language_of("\n".join(section.text for section in page.sections))
    return [
        draft(kept, section.heading, page.address(section), likely=language, variants=section.variants)
        for section in page.sections
        for text in ([section.text] if section.entry else passages(section.text))
        if (kept := text.strip("\n").rstrip()).strip()
    ]


def draft(
    text: str, heading: str, url: str, *, language: str = "", likely: str = "", variants: tuple[str, ...] = ()
) -> Draft:
    """One passage; its language is told from the text where it is not known, ``likely`` being the page's."""
    above = heading if not text.startswith(heading) else ""
    meant = f"{above}\n{text}" if above else text
    language = language or language_of(meant, likely=likely)
    return Draft(text, heading, url, language, meant, (*single(text), *variants), variants)


def single(text: str) -> tuple[str, ...]:
    """The sentences whose own vector can tell more than the passage's: none where there is only one."""
    several = [sentence.strip() for sentence in sentences(text)]
    telling = [
        sentence for sentence in several if weight(sentence) >= _SHORT and not sentence.startswith(("```", "~~~"))
    ]
    return tuple(telling[:_SENTENCES]) if len(several) > 1 else ()
