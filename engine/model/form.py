"""Structured output: an answer that is an object of a class of ours."""

from __future__ import annotations

from typing import Any, Generic

from pydantic import ValidationError

from engine.errors import ModelUnavailable
from engine.model.contract import Schema
from engine.model.tools import wrong

_FENCE = "```"


class NotInForm(ModelUnavailable):
    """What the model wrote is no object of the class that was asked for; ``text`` is what it wrote."""

    def __init__(self, message: str, text: str):
        super().__init__(message)
        self.text = text


class Form(Generic[Schema]):
    """A class whose object an answer is to be.

    The server is told its JSON schema (``response_format``, which vLLM and llama.cpp know) and writes nothing else.
    The schema comes from a class of ours: a dict, which could be made of what somebody wrote, is refused.
    """

    def __init__(self, schema: type[Schema]) -> None:
        from pydantic import BaseModel

        if not (isinstance(schema, type) and issubclass(schema, BaseModel)):
            raise TypeError(f"{schema!r} is no schema: give a pydantic class")
        self._schema = schema
        described = {"name": schema.__name__, "schema": schema.model_json_schema(), "strict": True}
        #: What of a request this form is.
        self.body: dict[str, Any] = {"response_format": {"type": "json_schema", "json_schema": described}}

    def read(self, text: str, finish: str = "stop") -> Schema:
        """The object that was written.  Raises ``NotInForm``."""
        written = text.strip()
        if written.startswith(_FENCE):  # a server that takes the schema for advice
            written = written.partition("\n")[2].rpartition(_FENCE)[0]
        try:
            return self._schema.model_validate_json(written)
        except ValidationError as error:
            why = "it was cut off at model.max_tokens" if finish == "length" else wrong(error)
            raise NotInForm(f"The model wrote no {self._schema.__name__}: {why}.", text) from error
