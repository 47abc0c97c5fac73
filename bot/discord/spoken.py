"""The commands as Discord is told them, and what somebody who used one has said: its text, as in Slack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bot.discord.wording import in_menu, of_plugin, worded
from engine.types import File

Json = dict[str, Any]

_SUBCOMMAND, _TEXT, _YES_OR_NO, _ATTACHMENT = 1, 3, 5, 11
_ON_A_MESSAGE: Final = 3  # type of a command in the menu of a message
#: Where they can be used: in servers and in direct messages with the bot; installed with a server, not by a person.
_EVERYWHERE: Final[Json] = {"contexts": [0, 1], "integration_types": [0]}
_QUESTION_CHARS: Final = 4_000  # Discord would take 6,000


def _text(
    name: str, *, required: bool = True, choices: Sequence[str] = (), suggested: bool = False, most: int = 0
) -> Json:
    made: Json = {"type": _TEXT, "name": name}
    if required:  # Discord leaves out what is false
        made["required"] = True
    if choices:
        made["choices"] = [{"name": choice, "value": choice} for choice in choices]
    if suggested:
        made["autocomplete"] = True
    if most:
        made["max_length"] = most
    return made


def _verb(name: str, *options: Json) -> Json:
    made: Json = {"type": _SUBCOMMAND, "name": name}
    return made | {"options": list(options)} if options else made


def _command(name: str, *options: Json) -> Json:
    made = _EVERYWHERE | {"type": 1, "name": name}
    return worded(made | {"options": list(options)} if options else made)


#: Slash commands.  Names are the same as in Slack; what they are for stands in bot/phrases/discord.
COMMANDS: Final[Sequence[Json]] = (
    _command(
        "ask",
        _text("question", required=False, most=_QUESTION_CHARS),
        {"type": _ATTACHMENT, "name": "file"},
        {"type": _YES_OR_NO, "name": "private"},
    ),
    _command("why"),
    _command("help"),
    _command("forget-me"),
    _command("feedback"),
    _command("topics", _text("days", required=False, most=3)),
    _command(
        "kb",
        _verb(
            "add",
            {"type": _ATTACHMENT, "name": "file"},
            _text("url", required=False),
            _text("as", required=False, choices=("page", "sitemap", "crawl")),
        ),
        _verb(
            "list",
            _text("search", required=False),
            _text("status", required=False, choices=("searchable", "failed")),
        ),
        _verb("show", _text("document", suggested=True)),
        _verb("remove", _text("document", suggested=True)),
        _verb("sync", _text("source", required=False, suggested=True)),
        _verb("search", _text("query")),
        _verb(
            "entry",
            _text("question", required=False),
            _text("answer", required=False),
            _text("also", required=False),
            _text("owner", required=False),
            _text("expires", required=False),
        ),
        _verb("entries", _text("search", required=False)),
        _verb("cancel"),
    ),
)


def claimed(commands: Mapping[str, str]) -> list[Json]:
    """The commands of plugins, each with what it is for: with words of the person's, and perhaps a file."""
    options = (_text("request", most=_QUESTION_CHARS), {"type": _ATTACHMENT, "name": "file"})
    return [
        of_plugin(_EVERYWHERE | {"type": 1, "name": name, "options": list(options)}, about)
        for name, about in commands.items()
    ]


#: What stands in the menu of a message.
ON_MESSAGES: Final[Sequence[Json]] = tuple(
    _EVERYWHERE | {"type": _ON_A_MESSAGE} | in_menu(name) for name in ("answer_this", "add_this", "correct_this")
)
ANSWER_THIS, ADD_THIS, CORRECT_THIS = (str(made["name"]) for made in ON_MESSAGES)
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
