"""Structured logs on standard error, as JSON or for a terminal, with every secret taken out."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Sequence
from typing import Any

import structlog
from structlog.typing import EventDict, Processor

from engine.secrets import HIDDEN, SHAPES


class Redactor:
    """Takes the secrets of the settings, and whatever has the shape of one, out of text."""

    def __init__(self, secrets: Sequence[str] = ()):
        known = sorted({s for s in secrets if len(s) >= 6}, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, known))) if known else None

    def __call__(self, text: str) -> str:
        """The text without secrets."""
        if self._known:
            text = self._known.sub(HIDDEN, text)
        return SHAPES.sub(HIDDEN, text)

    def _value(self, value: Any) -> Any:
        if isinstance(value, str):
            return self(value)
        if isinstance(value, dict):
            return {k: self._value(v) for k, v in value.items()}
        if isinstance(value, (list, tuple)):
            return [self._value(v) for v in value]
        return value if isinstance(value, (int, float, bool, type(None))) else self(str(value))

    def process(self, _logger: Any, _method: str, event: EventDict) -> EventDict:
        """The structlog processor: the last before rendering."""
        return {k: self._value(v) for k, v in event.items()}


def set_up(secrets: Sequence[str] = (), *, level: int = logging.INFO) -> None:
    """Send our own logs and those of every library through the redactor to standard error."""
    redactor = Redactor(secrets)
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redactor.process,
    ]
    renderer: Processor = (
        structlog.dev.ConsoleRenderer(colors=True)
        if sys.stderr.isatty()
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, redactor.process, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    for name in ("bot", "engine", "plugins"):
        logging.getLogger(name).setLevel(level)
    sys.excepthook = lambda kind, value, trace: structlog.get_logger("bot").error(
        "it ended unexpectedly", exc_info=(kind, value, trace)
    )
