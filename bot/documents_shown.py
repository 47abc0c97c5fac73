"""How the knowledge commands show documents: a line in a list, an audience, a day, a quotation."""

from __future__ import annotations

import re
import time
from typing import Final

from bot.following import code
from bot.markup import clean
from bot.phrases import reason_in_words, say
from engine.knowledge import Document

_QUOTED: Final = 300
_WORD: Final = 40  # characters that are searched for in a list: they must fit into a button
_STATUSES: Final = {
    **dict.fromkeys(("searchable", "可检索", "可檢索"), "searchable"),
    **dict.fromkeys(("failed", "失败", "失敗"), "failed"),
}


def filters_of(text: str) -> tuple[str, str]:
    """The status and the word of a list."""
    first, _, rest = text.partition(" ")
    status = _STATUSES.get(first.lower(), "")
    return status, (rest if status else text).strip().replace("|", " ")[:_WORD]


def fits(document: Document, status: str, word: str) -> bool:
    """Whether a document belongs into a list with this status and this word."""
    if status and status != document.status:
        return False
    return word.casefold() in f"{document.title}\n{document.source}\n{document.id}".casefold()


def line_of(document: Document, passages: int, language: str) -> str:
    """A document in a list."""
    said = [
        f"**{plain(document.title or document.source)}** (`{code(document.source)}`)",
        grant_in_words(document.grant, language),
        say("passages", language, count=passages),
        day(document.dated or document.loaded),
    ]
    if document.status == "failed":
        said.append(status_of(document, language))
    return "- " + ", ".join(filter(None, said))


def grant_in_words(grant: str, language: str) -> str:
    """Who may be told, in a word or two."""
    kind, _, name = grant.partition(":")
    return say(f"grant_{kind}", language) + (f" ({name})" if name else "")


def status_of(document: Document, language: str) -> str:
    """Whether it is found, or why not."""
    if document.status == "failed":
        return say("failed", language, reason=plain(reason_in_words(document.reason, language)))
    return say("searchable", language) if document.status == "searchable" else document.status


def day(seconds: float) -> str:
    """The day of a time (seconds since 1970) in UTC; nothing for 0."""
    return time.strftime("%Y-%m-%d", time.gmtime(seconds)) if seconds > 0 else ""


def plain(text: str) -> str:
    """A title in which nothing is Markdown."""
    return " ".join(re.sub(r"[*_`\[\]<>~|\\]", " ", clean(text)).split())


def quoted(text: str) -> str:
    """The beginning of a passage, as a quotation."""
    short = text if len(text) <= _QUOTED else text[:_QUOTED].rsplit(" ", 1)[0] + " …"
    return "\n".join(f"> {line}".rstrip() for line in short.splitlines())
