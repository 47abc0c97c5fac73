"""Forms as Slack shows them (modals), and what comes back when one is sent: pure functions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from bot.channel import Entry, Form, Press
from bot.markup import clean
from bot.phrases import say
from bot.slack.read import Me
from engine.types import Conversation

Json = dict[str, Any]

#: Marks our forms among the views that are sent.
CALLBACK = "fd_form"
#: Characters (docs.slack.dev, "Modal views", "Plain-text input element", "Input block").
_TITLE, _LABEL, _INPUT = 24, 2_000, 3_000


def view(form: Form, where: Conversation, language: str) -> Json:
    """The modal; it keeps for us what the form is about and where it was opened."""
    return {
        "type": "modal",
        "callback_id": CALLBACK,
        "private_metadata": orjson.dumps([form.action, form.value, where.room, where.thread]).decode(),
        "title": _plain(form.title, _TITLE),
        "submit": _plain(say("send", language), _TITLE),
        "close": _plain(say("cancel", language), _TITLE),
        "blocks": [_input(entry) for entry in form.entries],
    }


def _input(entry: Entry) -> Json:
    most = min(entry.most, _INPUT)
    element: Json = {
        "type": "plain_text_input",
        "action_id": entry.name,
        "multiline": entry.lines,
        "max_length": most,
    }
    if entry.value:
        element["initial_value"] = entry.value[:most]
    block: Json = {
        "type": "input",
        "block_id": entry.name,
        "optional": not entry.required,
        "label": _plain(entry.label, _LABEL),
        "element": element,
    }
    return block | ({"hint": _plain(entry.hint, _LABEL)} if entry.hint else {})


def _plain(text: str, most: int) -> Json:
    return {"type": "plain_text", "text": clean(text)[:most]}


def read_submission(body: Mapping[str, Any], me: Me, *, workspace: str) -> Press | None:
    """What was written into one of our forms; None for anything else."""
    shown = body.get("view") or {}
    person = (body.get("user") or {}).get("id")
    if shown.get("callback_id") != CALLBACK or not person:
        return None
    try:
        action, value, room, thread = map(str, orjson.loads(shown.get("private_metadata") or ""))
    except (orjson.JSONDecodeError, TypeError, ValueError):
        return None
    filled = {}
    for elements in ((shown.get("state") or {}).get("values") or {}).values():
        for name, entered in elements.items():
            filled[str(name)] = str(entered.get("value") or "").replace("\x00", "")
    return Press(action, value, str(person), Conversation("slack", workspace or me.team, room, thread), filled=filled)


def first_field(body: Mapping[str, Any]) -> str:
    """The block below which Slack shows what is wrong with the whole form."""
    blocks = (body.get("view") or {}).get("blocks") or []
    return next((str(b["block_id"]) for b in blocks if b.get("type") == "input"), "")
