"""What a reply looks like on every chat platform: its words, its sources as links, and which buttons stand below it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from bot.markup.characters import clean
from bot.markup.reading import parse
from bot.markup.tree import Block, Document, Inline, Link, List, Marker, Paragraph, Strong, Text
from bot.phrases import reason_in_words, say
from engine.age import in_brackets
from engine.types import Outcome, ReadFile, Reply, Source

_NAME_CHARS = 150
#: The reason of what a person has put into a room: nobody was answered.
POSTED: Final = "a draft that was posted"


def document(reply: Reply) -> Document:
    """The text, and below it a list of the sources: by link, by name where there is none."""
    links = {s.number: s.url for s in reply.sources if s.url}
    shown = parse(reply.text or reply.reason or "…", links=(*links.values(), *reply.links), sources=links)
    if reply.sources:
        title = Paragraph((Strong((Text(say("sources", reply.language)),)),))
        items: tuple[tuple[Block, ...], ...] = tuple((_named(source, reply.language),) for source in reply.sources)
        shown += Document((title, List(items)))
    if reply.related:
        lead = Paragraph((Strong((Text(say("solved_before", reply.language)),)),))
        earlier: tuple[tuple[Block, ...], ...] = tuple(
            (Paragraph((Link((Text(_short(clean(one.title))),), one.url),)),) for one in reply.related
        )
        shown += Document((lead, List(earlier)))
    return shown + Document(tuple(Paragraph((Text(line),)) for line in _files(reply.files, reply.language)))


def buttons(reply: Reply) -> dict[str, str]:
    """The buttons below a reply, label by action: who was just handed to a person needs none for it, a post none."""
    actions: tuple[str, ...] = ()
    if reply.reason == POSTED:
        return {}
    if reply.outcome is Outcome.ANSWERED:
        actions = ("helpful", "not_helpful", "person")
    elif reply.outcome is Outcome.REFUSED:
        actions = ("person",)
    return {action: say(action, reply.language) for action in actions}


def _named(source: Source, language: str) -> Paragraph:
    name = clean(" › ".join(filter(None, (source.title or source.document, source.heading))))
    label = Text(_short(name))
    shown: Inline = Link((label,), source.url) if source.url else label
    more = say("attached_here", language) if source.attached else in_brackets(source.dated, language)
    return Paragraph((Marker(source.number), Text(" "), shown, Text(more)))


def _files(files: Sequence[ReadFile], language: str) -> Iterator[str]:
    """What is told of the files that came with the question."""
    for how in ("whole", "part", "seen"):
        if names := [clean(one.name) for one in files if one.how == how]:
            yield say(f"file_{how}", language, names=say("between", language).join(names))
    for one in files:
        if one.how == "unread":
            yield say("file_unread", language, name=clean(one.name), reason=reason_in_words(one.why, language))


def _short(name: str) -> str:
    return name if len(name) <= _NAME_CHARS else name[: _NAME_CHARS - 1] + "…"
