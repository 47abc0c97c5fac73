"""Buttons and menus of ours as Slack shows them, in a row below a message: pure functions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bot.channel import Button
from bot.choices import LABEL_CHARS, Select
from bot.markup import clean
from bot.slack.read import id_of

Json = dict[str, Any]

#: Characters that a value may have, and what a menu says before something is chosen (docs.slack.dev, "Button element",
#: "Select menu element", "Option object").
_VALUE, _PLACEHOLDER = 2_000, 150


def elements(controls: Iterable[Button | Select]) -> list[Json]:
    """Them in their order; those that Slack cannot carry are left out."""
    made = (_menu(c, n) if isinstance(c, Select) else _button(c, n) for n, c in enumerate(controls))
    return [element for element in made if element]


def actions(made: list[Json]) -> list[Json]:
    """The block that they stand in; none where there are none."""
    return [{"type": "actions", "elements": made}] if made else []


def _button(button: Button, number: int) -> Json:
    if not 0 < len(button.value) <= _VALUE:
        return {}
    text = _plain(button.label, LABEL_CHARS)
    return {"type": "button", "action_id": id_of(button, number), "text": text, "value": button.value}


def _menu(select: Select, number: int) -> Json:
    options = [{"text": _plain(c.label, LABEL_CHARS), "value": c.value} for c in select.fitting]
    if not options:
        return {}
    chosen = next((option for option in options if option["value"] == select.chosen), None)
    menu = {"type": "static_select", "action_id": id_of(select, number), "options": options}
    shown = {"placeholder": _plain(select.label, _PLACEHOLDER)}
    return menu | shown | ({"initial_option": chosen} if chosen else {})


def _plain(text: str, most: int) -> Json:
    return {"type": "plain_text", "text": clean(text)[:most], "emoji": True}
