"""What answers look like on Discord: text, sources, buttons, names of threads."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from bot import replies_shown
from bot.channel import Button, Suggestion
from bot.choices import Select
from bot.markup import clean, discord_messages, parse, settled
from bot.markup.characters import good_cut
from bot.markup.tree import Document, Paragraph, Quote, Strong, Text
from bot.phrases import say
from engine.types import Reply

Json = dict[str, Any]

MORE: Final = "…"
_NAME_CHARS = 60  # of a thread; Discord takes 100
_CUSTOM_ID_CHARS, _LABEL_CHARS = 100, 80
_CHOICES, _CHOICE_CHARS = 25, 100
_PLACEHOLDER_CHARS = 150
_SECONDARY = 2  # Discord's grey button
#: The type of a menu (string select), and what stands for its value in its id: what was chosen comes beside it.
MENU: Final = 3
CHOSEN: Final = "-"
#: Links to a place in Discord: those that a hand-off shows.
_JUMP = re.compile(r"https://discord\.com/channels/(?:\d{1,20}|@me)(?:/\d{1,20}){1,2}(?!\w)")


def growing(text: str) -> list[str]:
    """The messages for a text that is still being written: nothing unfinished, and a sign that more is to come."""
    parts = discord_messages(parse(settled(text)))
    if parts:
        parts[-1] += f"\n{MORE}" if parts[-1].endswith("```") else f" {MORE}"
    return parts


def waiting(status: str) -> list[str]:
    """The messages that stand in the place of an answer that has not begun."""
    return discord_messages(parse(status))


def final(reply: Reply) -> list[str]:
    """The messages for a whole reply: its text, then its sources as links (by name where there is none)."""
    return discord_messages(replies_shown.document(reply))


def notice(text: str) -> list[str]:
    """The messages for Markdown of our own; links lead to places in Discord or are plain text."""
    return discord_messages(parse(text, links=tuple(dict.fromkeys(_JUMP.findall(text)))))


def asked(name: str, question: str) -> str:
    """What a slash command leaves in the channel: who asked what."""
    return discord_messages(
        Document((Paragraph((Strong((Text(clean(name)),)), Text(":"))), Quote(parse(question).blocks)))
    )[0]


def buttons(key: str, reply: Reply) -> Sequence[Json]:
    """The buttons below a reply; they name the post, so that they work after a restart."""
    made = [_button(label, custom_id(action, key)) for action, label in replies_shown.buttons(reply).items()]
    return made if all(b["custom_id"] for b in made) else ()


def own_buttons(controls: Sequence[Button | Select]) -> list[Json]:
    """The buttons and menus below a notice; one whose value is too long for Discord is left out."""
    made = [
        _menu(c) if isinstance(c, Select) else _button(c.label, custom_id(c.action, c.value, in_place=c.in_place))
        for c in controls
    ]
    return [c for c in made if c.get("custom_id")]


def _menu(select: Select) -> Json:
    options: list[Json] = [{"label": _short(clean(c.label)), "value": c.value} for c in select.fitting]
    for option in options:
        if option["value"] == select.chosen:
            option["default"] = True
    shown = {"placeholder": clean(select.label)[:_PLACEHOLDER_CHARS], "options": options}
    return {"type": MENU, "custom_id": custom_id(select.action, CHOSEN), **shown} if options else {}


def _button(label: str, name: str | None) -> Json:
    return {"type": 2, "style": _SECONDARY, "label": clean(label)[:_LABEL_CHARS], "custom_id": name}


def custom_id(action: str, value: str, *, in_place: bool = False) -> str | None:
    """What a button or a form is about, as ``pressed`` reads it; None when that is too long for Discord."""
    made = f"fd{'!' if in_place else ':'}{action}:{value}"
    return made if len(made) <= _CUSTOM_ID_CHARS else None


def choices(suggestions: Sequence[Suggestion]) -> list[Json]:
    """What is offered while a command is typed; what is too long to be chosen is left out."""
    fitting = [s for s in suggestions if 0 < len(s.value) <= _CHOICE_CHARS]
    return [{"name": _short(clean(s.label) or s.value), "value": s.value} for s in fitting[:_CHOICES]]


def _short(text: str) -> str:
    return text if len(text) <= _CHOICE_CHARS else text[: good_cut(text, _CHOICE_CHARS - 1)] + MORE


def pressed(custom_id: str) -> tuple[str, str, bool] | None:
    """The action and the value of one of our buttons or forms, and whether the outcome takes its message's place."""
    found = re.fullmatch(r"fd([:!])(helpful|not_helpful|person|\w+\.[\w.]+):(.+)", custom_id, re.ASCII | re.DOTALL)
    return (found[2], found[3], found[1] == "!") if found else None


def answer_in(message: Json) -> str:
    """The key of the answer whose buttons stand below a message of ours; empty where there are none."""
    rows = (row.get("components") or [] for row in message.get("components") or [])
    found = (pressed(str(control.get("custom_id") or "")) for row in rows for control in row)
    return next((button[1] for button in found if button and button[0] in ("helpful", "not_helpful")), "")


def thread_name(question: str) -> str:
    """The question's first words."""
    words = " ".join(clean(question).split())
    if len(words) > _NAME_CHARS:
        words = words[: good_cut(words, _NAME_CHARS)].rstrip() + MORE
    return words or say("question", "en")
