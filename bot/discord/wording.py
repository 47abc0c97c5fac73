"""What Discord shows of the commands: in English, and to people whose Discord speaks Chinese in their characters.

A command's own name stays, since it is typed; what it does, its options and its choices are told in their language.
Discord takes and keeps these texts in all languages at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import bot.phrases
from bot.phrases import command_in_words
from engine.catalogue import ENGLISH, Catalogue

Json = dict[str, Any]

_CATALOGUE: Final = Catalogue(Path(bot.phrases.__file__).parent / "discord")
#: Our names of the languages that Discord is told besides English.
_LOCALES: Final[Mapping[str, str]] = {"zh-CN": "zh", "zh-TW": "zh-TW"}
_MOST: Final = 100  # characters that Discord shows of what a command is for
_COMMAND: Final = 1  # the type of a command and of one below it; options that are filled in have greater numbers


def worded(made: Json, *, below: str = "") -> Json:
    """A command or option with all that is shown of it: the catalogue knows it by the names on the way to it."""
    path = f"{below}_{made['name']}".lstrip("_").replace("-", "_")
    admins = made["type"] == _COMMAND and (below or path in {"feedback", "topics"})
    more: Json = {
        "description": _said(path, ENGLISH, admins=bool(admins)),
        "description_localizations": {to: _said(path, name, admins=bool(admins)) for to, name in _LOCALES.items()},
    }
    if made["type"] != _COMMAND:
        more["name_localizations"] = _everywhere(f"name_{made['name']}")
    if "options" in made:
        more["options"] = [worded(option, below=path) for option in made["options"]]
    if "choices" in made:
        more["choices"] = [c | {"name_localizations": _everywhere(f"name_{c['name']}")} for c in made["choices"]]
    return made | more


def of_plugin(made: Json, about: str) -> Json:
    """The command of a plugin with all that is shown of it: in our words where we have some, else in its own."""
    options = [worded(option, below="plugin") for option in made["options"]]
    said = {to: command_in_words(made["name"], about, name)[:_MOST] for to, name in _LOCALES.items()}
    english = command_in_words(made["name"], about, ENGLISH)[:_MOST]
    return made | {"description": english, "description_localizations": said, "options": options}


def in_menu(name: str) -> Json:
    """What is shown of a command in the menu of a message."""
    return {"name": _said(name, ENGLISH), "name_localizations": _everywhere(name)}


def _everywhere(name: str) -> Json:
    return {locale: _said(name, language) for locale, language in _LOCALES.items()}


def _said(name: str, language: str, *, admins: bool = False) -> str:
    said = _CATALOGUE.say(name, language, {})
    return _CATALOGUE.say("for_admins", language, {"what": said}) if admins else said
