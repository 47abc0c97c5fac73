"""Forms as Discord shows them, modals; and what was written into one."""

from __future__ import annotations

from typing import Any, Final

from bot.channel import Form
from bot.discord.rendering import custom_id
from bot.markup import clean

Json = dict[str, Any]

_LABEL, _TEXT_INPUT = 18, 4  # component types
_LINE, _LINES = 1, 2  # styles of a text input
_TITLE_CHARS: Final = 45
_LABEL_CHARS: Final = 45
_HINT_CHARS: Final = 100
_MOST_CHARS: Final = 4_000


def modal(form: Form) -> Json | None:
    """The form as a modal; None where what it is about does not fit.  Its id says all, so a restart ends nothing."""
    name = custom_id(form.action, form.value)
    if name is None:
        return None
    fields = []
    for entry in form.entries:
        most = min(entry.most, _MOST_CHARS)
        text: Json = {
            "type": _TEXT_INPUT,
            "custom_id": entry.name,
            "style": _LINES if entry.lines else _LINE,
            "required": entry.required,
            "max_length": most,
        }
        if entry.value:
            text["value"] = entry.value[:most]
        if entry.hint:
            text["placeholder"] = clean(entry.hint)[:_HINT_CHARS]
        fields.append({"type": _LABEL, "label": clean(entry.label)[:_LABEL_CHARS], "component": text})
    return {"title": clean(form.title)[:_TITLE_CHARS], "custom_id": name, "components": fields}


def filled(data: Json) -> dict[str, str]:
    """What was written, by the fields' names; a field is in a label, or (as it was until 2025) in a row."""
    fields = [
        field
        for row in data.get("components") or []
        for field in ([row["component"]] if "component" in row else row.get("components") or [])
    ]
    return {str(f["custom_id"]): str(f.get("value") or "") for f in fields if f.get("type") == _TEXT_INPUT}
