"""A foreign server's JSON schema, read into a class of ours: only forms that we know ever reach a model server."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, Literal, Union

from engine.errors import FrontdeskError

if TYPE_CHECKING:
    from pydantic import BaseModel

_DEEP, _FIELDS, _CHOICES, _ABOUT = 4, 40, 60, 300
_PLAIN: Final[Mapping[str, Any]] = {
    "string": str, "integer": int, "number": float, "boolean": bool, "null": None,
}  # fmt: skip
_NAME: Final = re.compile(r"[A-Za-z_$@][\w$@.-]{0,63}", re.ASCII)


class NotTaken(FrontdeskError):
    """This schema has a form that we do not take; the message says where."""


def form_of(wire: str, about: str, schema: Mapping[str, Any]) -> type[BaseModel]:
    """The class of a tool's arguments, with the name and the words that a model is told.  Raises ``NotTaken``."""
    definitions = schema.get("$defs")
    made = _object(wire, schema, definitions if isinstance(definitions, dict) else {}, _DEEP)
    made.__doc__ = about or wire
    return made


def short(text: object, most: int = _ABOUT) -> str:
    """Foreign words on one line, without what nobody sees or what chat templates read as theirs, and not too many."""
    from engine.model.cleaning import without_marks

    plain = "".join(c if c.isprintable() else " " for c in str(text or "")[: 4 * most])
    plain = " ".join(without_marks(plain).split())
    return plain if len(plain) <= most else plain[: most - 2].rstrip() + " …"


def _object(name: str, schema: Mapping[str, Any], definitions: Mapping[str, Any], deep: int) -> type[BaseModel]:
    from pydantic import ConfigDict, Field, create_model

    properties, required = schema.get("properties") or {}, schema.get("required") or ()
    if not isinstance(properties, dict) or not isinstance(required, list | tuple):
        raise NotTaken("its schema is none")
    if len(properties) > _FIELDS:
        raise NotTaken(f"it takes more than {_FIELDS} arguments")
    fields: dict[str, Any] = {}
    for n, (key, inner) in enumerate(properties.items()):
        if not isinstance(key, str) or not _NAME.fullmatch(key) or not isinstance(inner, dict):
            raise NotTaken("an argument has a name that we do not take")
        kind = _kind(key, inner, definitions, deep)
        about = short(inner.get("description")) or None
        default = ... if key in required else None  # left out, it is not sent
        fields[f"a{n}"] = (kind, Field(default, alias=key, description=about))
    made: type[BaseModel] = create_model(name, __config__=ConfigDict(extra="forbid", strict=False), **fields)
    return made


def _kind(key: str, schema: Mapping[str, Any], definitions: Mapping[str, Any], deep: int) -> Any:
    if not deep:
        raise NotTaken(f"its argument {key} goes too deep")
    if "$ref" in schema:
        inner = definitions.get(str(schema["$ref"]).removeprefix("#/$defs/"))
        if not isinstance(inner, dict):
            raise NotTaken(f"its argument {key} refers to a schema that is not there")
        return _kind(key, inner, definitions, deep - 1)
    if isinstance(choices := schema.get("enum"), list):
        if not 0 < len(choices) <= _CHOICES or not all(isinstance(c, str) and short(c, 100) == c for c in choices):
            raise NotTaken(f"its argument {key} has choices that we do not take")
        return Literal[tuple(choices)]
    either = schema.get("anyOf") or schema.get("oneOf")
    if isinstance(either, list) and 0 < len(either) <= 8 and all(isinstance(one, dict) for one in either):
        return Union[tuple(_kind(key, one, definitions, deep - 1) for one in either)]  # noqa: UP007  # of a tuple
    kind = schema.get("type")
    if isinstance(kind, list) and 0 < len(kind) <= 8:
        one_each = tuple(_kind(key, {**schema, "type": one}, definitions, deep - 1) for one in kind)
        return Union[one_each]  # noqa: UP007  # of a tuple
    if kind == "array":
        items = schema.get("items")
        return list[_kind(key, items, definitions, deep - 1)] if isinstance(items, dict) else list[str]  # type: ignore[misc]  # made at run time
    if kind == "object":
        if not schema.get("properties"):
            raise NotTaken(f"its argument {key} takes anything")
        return _object(key, schema, definitions, deep - 1)
    if not isinstance(kind, str) or kind not in _PLAIN:
        raise NotTaken(f"its argument {key} has a form that we do not take")
    return _PLAIN[kind]
