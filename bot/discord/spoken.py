"""The commands as Discord is told them, and what somebody who used one has said: its text, as in Slack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bot.discord.wording import worded
from engine.types import File

Json = dict[str, Any]

_SUBCOMMAND, _TEXT, _YES_OR_NO, _ATTACHMENT = 1, 3, 5, 11
_ON_A_MESSAGE: Final = 3  # type of a command in the menu of a message
#: Where they can be used: in servers and in direct messages with the bot; installed with a server, not by a person.
_EVERYWHERE: Final[Json] = {"contexts": [0, 1], "integration_types": [0]}
_QUESTION_CHARS: Final = 4_000  # Discord would take 6,000


def _text(
    name: str,
    description: str,
    *,
    required: bool = True,
    choices: Sequence[str] = (),
    suggested: bool = False,
    most: int = 0,
) -> Json:
    made: Json = {"type": _TEXT, "name": name, "description": description}
    if required:  # Discord leaves out what is false
        made["required"] = True
    if choices:
        made["choices"] = [{"name": choice, "value": choice} for choice in choices]
    if suggested:
        made["autocomplete"] = True
    if most:
        made["max_length"] = most
    return made


def _verb(name: str, description: str, *options: Json) -> Json:
    made: Json = {"type": _SUBCOMMAND, "name": name, "description": f"{description} (admins)"}
    return made | {"options": list(options)} if options else made


def _command(name: str, description: str, *options: Json) -> Json:
    made = _EVERYWHERE | {"type": 1, "name": name, "description": description}
    return worded(made | {"options": list(options)} if options else made)


#: Slash commands.  Names are the same as in Slack.
COMMANDS: Final[Sequence[Json]] = (
    _command(
        "ask",
        "Ask a question; everybody here can read the answer",
        _text("question", "What you want to know; without it, a window opens", required=False, most=_QUESTION_CHARS),
        {"type": _YES_OR_NO, "name": "private", "description": "Answer me alone, in our direct messages"},
    ),
    _command("why", "How the last answer here came about"),
    _command("help", "What the bot can do"),
    _command("forget-me", "Delete what the bot remembers of you"),
    _command("feedback", "Answers that did not help, and why (admins)"),
    _command(
        "kb",
        "The documents that answers come from",
        _verb(
            "add",
            "Load a file, a web page or a site",
            {"type": _ATTACHMENT, "name": "file", "description": "A document, or a ZIP of documents"},
            _text("url", "The address of a page, a sitemap or a site", required=False),
            _text("as", "What the address is", required=False, choices=("page", "sitemap", "crawl")),
        ),
        _verb(
            "list",
            "List the documents",
            _text("search", "A word of the title or the source", required=False),
            _text("status", "Only these", required=False, choices=("searchable", "failed")),
        ),
        _verb(
            "show",
            "One document: where it is from, for whom, how old",
            _text("document", "Its id or source", suggested=True),
        ),
        _verb("remove", "Take documents out of all answers", _text("document", "An id or a source", suggested=True)),
        _verb("sync", "Load again what has changed", _text("source", "Only this one", required=False, suggested=True)),
        _verb("search", "The passages that a question finds", _text("query", "What to look for")),
        _verb(
            "entry",
            "Write a question and its answer into the documents",
            _text("question", "The question; without it, a window opens", required=False),
            _text("answer", "The answer", required=False),
            _text("also", "Other ways to ask it, with | between them", required=False),
            _text("owner", "Who is asked when it is in doubt", required=False),
            _text("expires", "The last day it is right, as 2027-01-31", required=False),
        ),
        _verb("cancel", "Stop what you are loading"),
    ),
)
ANSWER_THIS: Final = "Answer this"
ADD_THIS: Final = "Add to knowledge base"
#: What stands in the menu of a message.
ON_MESSAGES: Final[Sequence[Json]] = tuple(
    worded(_EVERYWHERE | {"type": _ON_A_MESSAGE, "name": name}, named=True) for name in (ANSWER_THIS, ADD_THIS)
)
#: The options that stand in a command's text, in this order, each with what is written before it.
_PARTS: Final[Mapping[str, Mapping[str, str]]] = {
    "kb add": {"as": "", "url": ""},
    "kb list": {"status": "", "search": ""},
    "kb entry": {"question": "Q: ", "also": "Also: ", "answer": "A: ", "owner": "Owner: ", "expires": "Expires: "},
}


@dataclass(frozen=True, slots=True)
class Spoken:
    """A command's whole name (``kb search``), its text and its files; ``private``: the answer is for one alone."""

    name: str
    text: str
    files: tuple[File, ...] = ()
    private: bool = False


def spoken(data: Json) -> Spoken:
    """What somebody said with a slash command, or has typed of it so far."""
    name, options = str(data.get("name", "")), data.get("options") or []
    while options and options[0].get("type") == _SUBCOMMAND:
        name, options = f"{name} {options[0]['name']}", options[0].get("options") or []
    given = {str(o["name"]): str(o.get("value", "")) for o in options if o.get("type") == _TEXT}
    private = any(o.get("value") is True for o in options if o.get("type") == _YES_OR_NO)
    sent = (data.get("resolved") or {}).get("attachments") or {}
    chosen = [sent[o["value"]] for o in options if o.get("type") == _ATTACHMENT and o.get("value") in sent]
    files = tuple(File(str(a["filename"]), str(a["url"]), int(a.get("size") or 0)) for a in chosen)
    parts = _PARTS.get(name)
    if parts is None:
        return Spoken(name, next(iter(given.values()), ""), files, private)
    between = "\n" if name == "kb entry" else " "
    text = between.join(before + given[part] for part, before in parts.items() if given.get(part))
    return Spoken(name, text, files, private)


def target(data: Json) -> Json | None:
    """The message whose menu a command was chosen from; None for other commands."""
    if data.get("type") != _ON_A_MESSAGE:
        return None
    found: Json | None = ((data.get("resolved") or {}).get("messages") or {}).get(str(data.get("target_id")))
    return found
