"""The slash commands as Discord is told them, and what somebody who used one has said: its text, as in Slack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from engine.types import File

Json = dict[str, Any]

_SUBCOMMAND, _TEXT, _ATTACHMENT = 1, 3, 11
#: Where they can be used: in servers and in direct messages with the bot; installed with a server, not by a person.
_EVERYWHERE: Final[Json] = {"type": 1, "contexts": [0, 1], "integration_types": [0]}


def _text(name: str, description: str, *, required: bool = True, choices: Sequence[str] = ()) -> Json:
    made: Json = {"type": _TEXT, "name": name, "description": description}
    if required:  # Discord leaves out what is false
        made["required"] = True
    if choices:
        made["choices"] = [{"name": choice, "value": choice} for choice in choices]
    return made


def _verb(name: str, description: str, *options: Json) -> Json:
    made: Json = {"type": _SUBCOMMAND, "name": name, "description": f"{description} (admins)"}
    return made | {"options": list(options)} if options else made


#: Names are the same as in Slack.
COMMANDS: Final[Sequence[Json]] = (
    _EVERYWHERE
    | {
        "name": "ask",
        "description": "Ask a question; everybody here can read the answer",
        "options": [_text("question", "What you want to know")],
    },
    _EVERYWHERE | {"name": "why", "description": "How the last answer here came about"},
    _EVERYWHERE | {"name": "help", "description": "What the bot can do"},
    _EVERYWHERE | {"name": "forget-me", "description": "Delete what the bot remembers of you"},
    _EVERYWHERE
    | {
        "name": "kb",
        "description": "The documents that answers come from",
        "options": [
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
            _verb("show", "One document: where it is from, for whom, how old", _text("document", "Its id or source")),
            _verb("remove", "Take documents out of all answers", _text("document", "An id or a source")),
            _verb("sync", "Load again what has changed", _text("source", "Only this one", required=False)),
            _verb("search", "The passages that a question finds", _text("query", "What to look for")),
            _verb(
                "entry",
                "Write a question and its answer into the documents",
                _text("question", "The question"),
                _text("answer", "The answer"),
                _text("also", "Other ways to ask it, with | between them", required=False),
                _text("owner", "Who is asked when it is in doubt", required=False),
                _text("expires", "The last day it is right, as 2027-01-31", required=False),
            ),
            _verb("cancel", "Stop what you are loading"),
        ],
    },
)
#: The options that stand in a command's text, in this order, each with what is written before it.
_PARTS: Final[Mapping[str, Mapping[str, str]]] = {
    "kb add": {"as": "", "url": ""},
    "kb list": {"status": "", "search": ""},
    "kb entry": {"question": "Q: ", "also": "Also: ", "answer": "A: ", "owner": "Owner: ", "expires": "Expires: "},
}


def spoken(data: Json) -> tuple[str, str, tuple[File, ...]]:
    """A command's whole name (``kb search``), its text and its files."""
    name, options = str(data.get("name", "")), data.get("options") or []
    while options and options[0].get("type") == _SUBCOMMAND:
        name, options = f"{name} {options[0]['name']}", options[0].get("options") or []
    given = {str(o["name"]): str(o.get("value", "")) for o in options if o.get("type") == _TEXT}
    sent = (data.get("resolved") or {}).get("attachments") or {}
    chosen = [sent[o["value"]] for o in options if o.get("type") == _ATTACHMENT and o.get("value") in sent]
    files = tuple(File(str(a["filename"]), str(a["url"]), int(a.get("size") or 0)) for a in chosen)
    parts = _PARTS.get(name)
    if parts is None:
        return name, next(iter(given.values()), ""), files
    between = "\n" if name == "kb entry" else " "
    return name, between.join(before + given[part] for part, before in parts.items() if given.get(part)), files
