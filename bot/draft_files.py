"""A draft as a file: Markdown, plain text or HTML, with no link but those of its sources and of whoever asked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING, Final

from bot.markup import Document, Heading, clean, html, markdown, parse, plain
from bot.markup.hosts import hosts_in
from bot.sheets import Sheet

if TYPE_CHECKING:
    from engine.store.drafts import KeptDraft

#: What a draft can be handed out as.
FORMATS: Final = ("markdown", "plain", "html")
_ADDRESS = re.compile(r"https?://[^\s<>()\[\]{}\"'`|\\^，。；：！？、（）《》【】「」]+")
_NO_NAME = re.compile(r"[^\w.-]+")
_NAME_CHARS: Final = 60
#: ``html`` leaves two levels of headings to the page that a text stands in; here it is the page.
_LEVELS: Final = 2


def links_of(versions: Sequence[KeptDraft]) -> tuple[str, ...]:
    """The addresses that may stand in a draft: of its sources, and those that were written by whoever asked for it."""
    found = [source.url for one in versions for source in one.turn.sources if source.url]
    found += [address.rstrip(".,;:!?") for one in versions for address in _ADDRESS.findall(one.turn.question)]
    return tuple(dict.fromkeys(found))


def sheet(draft: KeptDraft, links: Sequence[str], form: str) -> Sheet:
    """The draft's text as a file in one of ``FORMATS``."""
    document = parse(draft.text, links=links)
    name = f"{_NO_NAME.sub('-', clean(draft.title)).strip('-.')[:_NAME_CHARS] or 'draft'}-{draft.version}"
    if form == "html":
        return Sheet(f"{name}.html", _page(document, draft), "html")
    if form == "plain":
        return Sheet(f"{name}.txt", plain(document))
    request = draft.turn.receipt.kept.get("request")
    asked = request.get("asked", "") if isinstance(request, dict) else ""
    own = hosts_in(f"{draft.turn.question}\n{asked}")  # what whoever asked has written themselves
    return Sheet(f"{name}.md", markdown(document, own), "markdown")


def _page(document: Document, draft: KeptDraft) -> str:
    blocks = (replace(b, level=b.level - _LEVELS) if isinstance(b, Heading) else b for b in document.blocks)
    head = f'<meta charset="utf-8">\n<title>{escape(clean(draft.title))}</title>'
    language = escape(draft.turn.language)
    return f'<!doctype html>\n<html lang="{language}">\n{head}\n{html(Document(tuple(blocks)))}\n</html>'
